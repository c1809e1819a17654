//! Random networks of every topology, drawn from a seed.

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{
    Network, Neuron, Parameters, PerNeuron, PopulationId, Projection, Reset, Source,
};
use spikefront::{Cotangent, Problem, Result, SimulationOptions};

/// What an engine is asked to run.
pub struct Drawn {
    pub network: Network,
    pub parameters: Parameters,
    pub inputs: SpikeBatch,
    pub options: SimulationOptions,
}

impl Drawn {
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

/// Feed-forward, recurrent with a delay, recurrent without, or a mixture, by turns; with
/// either reset, refractory times, drives, time constants equal, near and far apart, delays
/// shared and per synapse, and a readout.
pub fn draw(seed: u64) -> Result<Drawn> {
    draw_with_receptors(seed, 1)
}

/// The same with so many receptors for each neuron, their time constants equal, near and far apart, and inhibition on all but the
/// first.
pub fn draw_with_receptors(seed: u64, receptors: usize) -> Result<Drawn> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // What one receptor does not need is drawn apart, so that its networks stay as they are.
    let mut other_rng = ChaCha8Rng::seed_from_u64(!seed);
    let mut between = |low: f64, high: f64| rng.random_range(low..high);
    let (n_inputs, n_hidden, n_output) = (3, 1 + (seed as usize / 4) % 9, 2);
    let tau_membrane = between(4.0, 25.0);
    let tau_synapse = match seed % 5 {
        0 => tau_membrane,
        1 => tau_membrane * (1.0 + 1e-7),
        2 => tau_membrane * between(0.05, 0.3),
        _ => tau_membrane * between(0.3, 3.0),
    };
    let taus = |tau: f64, rng: &mut ChaCha8Rng| -> Vec<PerNeuron> {
        let more = (1..receptors).map(|_| match rng.random_range(0..6) {
            0 => tau,
            1 => tau * (1.0 + 10f64.powi(rng.random_range(-7..-1))),
            2 => tau_membrane,
            3 => tau_membrane * rng.random_range(0.02..0.3),
            _ => tau_membrane * rng.random_range(0.3..3.0),
        });
        std::iter::once(tau)
            .chain(more)
            .map(PerNeuron::from)
            .collect()
    };
    let reset = match seed % 3 {
        0 => Reset::Subtract,
        1 => Reset::to(-0.2),
        _ => Reset::To {
            potential: 0.1.into(),
            refractory: between(0.5, 3.0).into(),
        },
    };
    let each = |base: f64, spread: f64, between: &mut dyn FnMut(f64, f64) -> f64| -> Vec<f64> {
        (0..n_hidden)
            .map(|_| base + between(-spread, spread))
            .collect()
    };
    let hidden_taus = if seed.is_multiple_of(7) {
        each(tau_membrane, 2.0, &mut between).into()
    } else {
        tau_membrane.into()
    };
    let neuron = Neuron {
        tau_membrane: hidden_taus,
        ..Neuron::leaky_integrate_and_fire()
            .receptors(taus(tau_synapse, &mut other_rng))
            .threshold(each(1.0, 0.1, &mut between))
            .initial(each(0.0, 0.2, &mut between))
            .rest(between(0.0, 0.4))
            .reset(reset.clone())
    };
    let other = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau_membrane)
        .receptors(taus(tau_synapse, &mut other_rng))
        .reset(reset);
    let mut builder = Network::builder();
    let input = builder.input("input", n_inputs);
    let hidden = builder.population("hidden", n_hidden, neuron);
    let output = builder.population("output", n_output, other);
    let readout = Neuron::leaky_integrator().rest(0.1);
    let readout = readout.receptors(taus(5.0, &mut other_rng));
    let readout = builder.population("readout", 2, readout);
    // The kernel's peak is about the shorter time constant: weights that make it matter.
    let scale = 1.0 / tau_synapse.min(tau_membrane);
    let mut matrix = |rows: usize, columns: usize, mean: f64, spread: f64| {
        Array2::from_shape_fn((rows, columns), |_| {
            scale * (mean + between(-spread, spread))
        })
    };
    let into = Projection::dense(matrix(n_inputs, n_hidden, 1.0, 1.0));
    let into = if seed.is_multiple_of(4) {
        into.delays(matrix(n_inputs, n_hidden, 1.0, 0.5).mapv(|d| d / scale))
    } else {
        into.delay(0.25)
    };
    builder.connect(input, hidden, into);
    let onward = Projection::dense(matrix(n_hidden, n_output, 0.7, 0.7));
    builder.connect(hidden, output, onward);
    let observe = Projection::dense(matrix(n_hidden, 2, 0.2, 0.5)).delay(0.5);
    builder.connect(hidden, readout, observe);
    let around = |spread: f64, matrix: &mut dyn FnMut(usize, usize, f64, f64) -> Array2<f64>| {
        Projection::dense(matrix(n_hidden, n_hidden, 0.0, spread))
    };
    match (seed / 2) % 4 {
        0 => {}
        1 => {
            builder.connect(hidden, hidden, around(0.3, &mut matrix).delay(1.5));
        }
        2 => {
            builder.connect(hidden, hidden, around(0.3, &mut matrix));
        }
        _ => {
            builder.connect(hidden, hidden, around(0.2, &mut matrix));
            let back = Projection::dense(matrix(n_output, n_hidden, 0.0, 0.3));
            builder.connect(output, hidden, back.delay(0.7));
        }
    }
    for receptor in 1..receptors {
        let mut inhibit =
            |source: Source, target: PopulationId, shape: (usize, usize), factor: f64| {
                let weights = Array2::from_shape_fn(shape, |_| {
                    factor * scale * other_rng.random_range(-0.8..0.5)
                });
                let delay = other_rng.random_range(0.0..1.5);
                let projection = Projection::dense(weights).receptor(receptor);
                builder.connect(source, target, projection.delay(delay));
            };
        inhibit(input.into(), hidden, (n_inputs, n_hidden), 1.0);
        inhibit(hidden.into(), output, (n_hidden, n_output), 0.5);
        inhibit(input.into(), readout, (n_inputs, 2), 0.5);
        if (seed / 2).is_multiple_of(2) {
            continue;
        }
        inhibit(output.into(), readout, (n_output, 2), 0.5);
    }
    let network = builder.build()?;
    let parameters = network.parameters(seed);
    let mut inputs = SpikeBatch::new();
    for _ in 0..2 {
        let mut spikes: Vec<Spike> = (0..6)
            .map(|_| Spike {
                unit: rng.random_range(0..n_inputs),
                time: rng.random_range(0.0..20.0),
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    let mut options = SimulationOptions::new(30.0);
    options.voltage_times = vec![7.0, 30.0];
    Ok(Drawn {
        network,
        parameters,
        inputs,
        options,
    })
}

/// A cotangent of random numbers for everything in a recording.
pub fn cotangent(recording: &Recording, seed: u64) -> Cotangent {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let mut cotangent = Cotangent::zeros(recording);
    for value in cotangent.entries_mut() {
        *value = rng.random_range(-1.0..1.0);
    }
    cotangent
}

/// Whether `x` and `y` agree to `tolerance` of the largest entry of either.
pub fn agree(what: &str, x: &[f64], y: &[f64], tolerance: f64) -> std::result::Result<(), String> {
    if x.len() != y.len() {
        return Err(format!("{what}: {} entries against {}", x.len(), y.len()));
    }
    let largest = x.iter().chain(y).fold(1e-3, |m: f64, v| m.max(v.abs()));
    for (ix, (x, y)) in x.iter().zip(y).enumerate() {
        // A NaN is within no tolerance, and disagrees.
        let is_near = (x - y).abs() <= tolerance * largest;
        if !is_near {
            return Err(format!("{what}[{ix}]: {x} against {y}, largest {largest}"));
        }
    }
    Ok(())
}
