//! Networks that mix sparse projections with others, and what is asked of them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection, Reset, Rule, Synapse, Values};
use spikefront::{Cotangent, GradientOptions, Result, SimulationOptions};

use crate::common::Drawn;

pub const SAMPLES: usize = 3;

/// Of every seed another mixture: cycles with and without delays, delays shared and of each synapse's own, one receptor or two,
/// pairs with several synapses, matrices beside lists, Poisson arrivals, each reset.
fn network(seed: u64) -> Result<Network> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = || rng.random_range(0..20);
    let mut builder = Network::builder().seed(seed);
    let neuron = |reset: Reset, several: bool| {
        let taus = if several { vec![4.0, 9.0] } else { vec![4.0] };
        let neuron = Neuron::leaky_integrate_and_fire().tau_membrane(12.0);
        neuron.receptors(taus).reset(reset)
    };
    let reset = match seed % 3 {
        0 => Reset::Subtract,
        1 => Reset::refractory(-0.1, 0.0),
        _ => Reset::refractory(0.1, 1.5),
    };
    let several = drawn() < 5;
    let last = usize::from(several);
    let input = builder.input("input", 60);
    let first = builder.population("first", 90, neuron(reset.clone(), several));
    let second = builder.population("second", 70, neuron(reset, false));
    let dense = builder.population("dense", 5, Neuron::leaky_integrate_and_fire());
    let readout = builder.population("readout", 3, Neuron::leaky_integrator());
    let own = Values::uniform(0.3, 3.0);
    let delayed = |projection: Projection, drawn: u32| match drawn {
        0..8 => projection.delay(own),
        8..12 => projection.delay(0.0),
        _ => projection.delay(0.8),
    };
    let into = Projection::by_rule(Rule::FixedInDegree(1), Values::normal(1.1, 0.3));
    builder.connect(input, first, delayed(into, drawn()));
    let list = (0..80).map(|ix| Synapse {
        source: ix * 7 % 60,
        target: ix * 3 % 70,
        weight: 0.6,
        delay: f64::from(ix % 4) * 0.25,
    });
    builder.connect(input, second, Projection::list(list.collect()));
    let total = Projection::by_rule(Rule::FixedTotalNumber(120), Values::normal(-0.2, 0.2));
    builder.connect(first, first, delayed(total.receptor(last), drawn()));
    let onward = Projection::by_rule(Rule::FixedProbability(0.02), Values::normal(0.3, 0.2));
    builder.connect(first, second, delayed(onward, drawn()));
    if drawn() < 12 {
        let back = Projection::by_rule(Rule::FixedInDegree(1), Values::normal(-0.2, 0.2));
        builder.connect(second, first, delayed(back, drawn()));
    }
    let few = Projection::random(Values::normal(0.01, 0.01));
    builder.connect(second, dense, few.clone());
    if drawn() < 10 {
        builder.connect(dense, first, few.delay(0.5));
    }
    let sparse = Projection::by_rule(Rule::FixedProbability(0.2), Values::normal(0.0, 0.2));
    builder.connect(second, readout, sparse.delay(own));
    if drawn() < 10 {
        builder.poisson(first, 0, 0.05, 0.4);
    }
    builder.build()
}

pub fn case(seed: u64, duration: f64) -> Result<Drawn> {
    let network = network(seed)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 1000);
    let mut given = SpikeBatch::new();
    for _ in 0..SAMPLES {
        let mut spikes: Vec<Spike> = (0..120)
            .map(|ix| Spike {
                unit: ix % 60,
                time: rng.random_range(0.0..0.75 * duration),
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        given.push_sample(&spikes)?;
    }
    let seeds: Vec<u64> = (0..SAMPLES as u64).collect();
    Ok(Drawn {
        parameters: network.parameters(seed),
        inputs: network.complete_inputs(&given, duration, &seeds)?,
        options: SimulationOptions::new(duration)
            .voltage_times(vec![0.3 * duration, 0.8 * duration])
            .record_maxima(true),
        network,
    })
}

pub fn cotangent(recording: &Recording) -> Cotangent {
    let mut cotangent = Cotangent::zeros(recording);
    for (ix, value) in cotangent.spike_times.iter_mut().enumerate() {
        *value = (0.7 * ix as f64).cos();
    }
    let of_readouts = cotangent
        .integrals
        .iter_mut()
        .chain(&mut cotangent.voltages);
    for (ix, value) in of_readouts
        .chain(&mut cotangent.maxima)
        .flatten()
        .enumerate()
    {
        *value = (0.3 * ix as f64).sin();
    }
    cotangent
}

pub fn everything() -> GradientOptions {
    let options = GradientOptions::default().delays(true).thresholds(true);
    options.and_neurons().input_times(true)
}

/// Sample and neuron, times and slopes of all spikes, neuron by neuron: what fires at one time up to rounding has no order.
pub fn by_neuron(recording: &Recording) -> (Vec<(usize, u32)>, Vec<f64>, Vec<f64>) {
    let mut spikes: Vec<((usize, u32), f64, f64)> = Vec::new();
    for sample in 0..recording.n_samples() {
        for ix in recording.range(sample) {
            let of = (sample, recording.neurons()[ix]);
            spikes.push((of, recording.times()[ix], recording.slopes()[ix]));
        }
    }
    spikes.sort_by(|x, y| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)));
    let times = spikes.iter().map(|spike| spike.1).collect();
    let slopes = spikes.iter().map(|spike| spike.2).collect();
    (spikes.iter().map(|spike| spike.0).collect(), times, slopes)
}
