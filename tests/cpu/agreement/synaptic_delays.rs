//! Recurrent networks whose synapses have delays of their own: arrival by arrival, and in windows, the same spikes and gradients.

use super::KERNELS;
use crate::common::{Drawn, agree, cotangent};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection, Reset, Source};
use spikefront::{Engine, Gradient, GradientOptions, Method, Result, SimulationOptions, Stop};

const NETWORKS: u64 = 300;

/// Two populations that send to themselves and to one another, all or some of it over delays of each synapse's own.
fn draw(seed: u64) -> Result<Drawn> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut between = |low: f64, high: f64| rng.random_range(low..high);
    let reset = match seed % 3 {
        0 => Reset::Subtract,
        1 => Reset::to(0.0),
        _ => Reset::To {
            potential: 0.1.into(),
            refractory: between(0.2, 3.0).into(),
        },
    };
    // Some are driven over their threshold.
    let drive = if seed.is_multiple_of(5) { 1.3 } else { 0.0 };
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(between(5.0, 25.0))
        .tau_synapse(between(1.0, 8.0))
        .rest(drive)
        .reset(reset);
    let (n_inputs, n_first, n_second) = (4, 6, 5);
    let mut builder = Network::builder();
    let input = builder.input("input", n_inputs);
    let first = builder.population("first", n_first, neuron.clone());
    let second = builder.population("second", n_second, neuron.tau_membrane(11.0));
    let mut matrix = |rows: usize, columns: usize, low: f64, high: f64| {
        Array2::from_shape_fn((rows, columns), |_| between(low, high))
    };
    let into = Projection::dense(matrix(n_inputs, n_first, 0.0, 1.0));
    builder.connect(
        input,
        first,
        into.delays(matrix(n_inputs, n_first, 0.0, 2.0)),
    );
    // Some delays are nothing, some long.
    let longest = [0.5, 4.0, 12.0][seed as usize % 3];
    let mut delays = |rows: usize, columns: usize| {
        let mut delays = matrix(rows, columns, 0.0, longest);
        if seed.is_multiple_of(2) {
            delays[[0, 0]] = 0.0;
            delays[[1, 2]] = longest;
        }
        delays
    };
    let own = delays(n_first, n_first);
    let (across, back) = (delays(n_first, n_second), delays(n_second, n_first));
    let own = Projection::dense(matrix(n_first, n_first, -0.15, 0.15)).delays(own);
    builder.connect(first, first, own);
    let across = Projection::dense(matrix(n_first, n_second, 0.0, 0.4)).delays(across);
    builder.connect(first, second, across);
    let back_weights = Projection::dense(matrix(n_second, n_first, -0.15, 0.1));
    let back = match seed % 4 {
        0 => back_weights.delay(1.0),
        1 => back_weights,
        _ => back_weights.delays(back),
    };
    builder.connect(second, first, back);
    let network = builder.build()?;
    let parameters = network.parameters(seed);
    let mut inputs = SpikeBatch::new();
    for _ in 0..2 {
        let mut spikes: Vec<Spike> = (0..8)
            .map(|_| Spike {
                unit: rng.random_range(0..n_inputs),
                time: rng.random_range(0.0..25.0),
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    Ok(Drawn {
        network,
        parameters,
        inputs,
        options: SimulationOptions::new(40.0).spike_budget(20_000),
    })
}

fn gradient(
    engine: &CpuEngine,
    drawn: &Drawn,
    recording: &Recording,
    method: Method,
) -> Result<Gradient> {
    let cotangent = cotangent(recording, 1);
    let options = GradientOptions::everything(method);
    engine.gradient(&drawn.problem(), recording, &cotangent, &options)
}

#[test]
fn arrival_by_arrival_and_in_windows_are_the_same() -> Result<()> {
    let (auto, plain) = (CpuEngine::new(), CpuEngine::new().kernel(Kernel::Plain));
    let (mut spikes, mut grazing, mut runaways) = (0, 0, 0);
    for seed in 0..NETWORKS {
        let mut drawn = draw(seed)?;
        let Ok(recording) = auto.simulate(&drawn.problem()) else {
            // Excitation without end, whoever looks.
            assert!(plain.simulate(&drawn.problem()).is_err(), "seed {seed}");
            runaways += 1;
            continue;
        };
        spikes += recording.n_spikes();
        let adjoint = gradient(&auto, &drawn, &recording, Method::Adjoint)?;
        let forward = gradient(&auto, &drawn, &recording, Method::Forward)?;
        for (x, y) in [
            (&adjoint.parameters, &forward.parameters),
            (&adjoint.input_times, &forward.input_times),
        ] {
            agree("methods", x, y, 1e-12).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        }
        // A spike that nearly grazes magnifies rounding by one over its slope.
        if recording.slopes().iter().any(|&slope| slope < 1e-3) {
            grazing += 1;
            continue;
        }
        let compare = |what: &str, x: &[f64], y: &[f64]| {
            agree(what, x, y, KERNELS).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        };
        for other in [&auto, &plain] {
            // Windows that end in the midst of things, for the one; the shortest delay, for the other.
            drawn.options.longest_window = 3.7;
            let windows = other.simulate(&drawn.problem())?;
            assert_eq!(recording.neurons(), windows.neurons(), "seed {seed}");
            compare("times", recording.times(), windows.times());
            compare("slopes", recording.slopes(), windows.slopes());
            let witness = gradient(other, &drawn, &windows, Method::Adjoint)?;
            compare("gradient", &adjoint.parameters, &witness.parameters);
            compare("input times", &adjoint.input_times, &witness.input_times);
        }
    }
    println!(
        "{NETWORKS} networks, {spikes} spikes, {grazing} with a slope below 1e-3, {runaways} runaways"
    );
    assert!(spikes > 20 * NETWORKS as usize && grazing < NETWORKS / 5 && runaways < NETWORKS / 10);
    Ok(())
}

#[test]
fn one_delay_off_by_a_nanosecond_is_seen() -> Result<()> {
    let engine = CpuEngine::new();
    let mut drawn = draw(2)?;
    let before = engine.simulate(&drawn.problem())?;
    let own = drawn.network.projection_ids().nth(1);
    let own = own.expect("the second projection is from the first population to itself");
    let range = drawn.network.layout().delays(own);
    for delay in &mut drawn.parameters.values_mut()[range] {
        *delay += 1e-6;
    }
    let after = engine.simulate(&drawn.problem())?;
    assert!(agree("times", before.times(), after.times(), KERNELS).is_err());
    Ok(())
}

/// The first spikes of a run that stops after them are those of the whole run.
#[test]
fn a_run_may_stop_after_first_spikes() -> Result<()> {
    let engine = CpuEngine::new();
    let mut stopped = 0;
    for seed in 0..40 {
        let mut drawn = draw(seed)?;
        let Ok(whole) = engine.simulate(&drawn.problem()) else {
            continue;
        };
        // The last of the projections goes back from the second population.
        let Some(Source::Population(second)) = drawn.network.connections().last().map(|c| c.source)
        else {
            panic!("every network has a projection from the second population");
        };
        drawn.options.stop = Stop::AfterFirstSpikes(second);
        let short = engine.simulate(&drawn.problem())?;
        let units = drawn.network.population(second).units();
        for sample in 0..2 {
            let first = |recording: &Recording| -> Vec<Option<f64>> {
                let first = recording.first_spikes(sample, units.clone());
                let times = recording.times();
                first.iter().map(|ix| ix.map(|ix| times[ix])).collect()
            };
            for (x, y) in first(&whole).iter().zip(first(&short)) {
                match (x, y) {
                    (Some(x), Some(y)) => assert!((x - y).abs() < 1e-9, "seed {seed}: {x} {y}"),
                    (x, y) => assert_eq!(*x, y, "seed {seed}"),
                }
            }
        }
        stopped += usize::from(short.n_spikes() < whole.n_spikes());
    }
    assert!(stopped > 5, "{stopped}");
    Ok(())
}
