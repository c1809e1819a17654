//! Sparse projections in batches: the lists of synapses that the engine takes, beside the matrices of all pairs that the plain
//! kernel computes with.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Parameters, Projection, Reset, Rule, Synapse, Values};
use spikefront::{
    Cotangent, Direction, Engine, GivenSpikes, GradientOptions, Method, Problem, Result,
    SimulationOptions,
};

use crate::common::agree;

/// How long gradients and spikes are looked at, and how long Jacobians, in ms.
const LONG: f64 = 40.0;
const SHORT: f64 = 12.0;
const SAMPLES: usize = 3;

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

struct Case {
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    options: SimulationOptions,
}

fn case(seed: u64, duration: f64) -> Result<Case> {
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
    Ok(Case {
        parameters: network.parameters(seed),
        inputs: network.complete_inputs(&given, duration, &seeds)?,
        options: SimulationOptions::new(duration)
            .voltage_times(vec![0.3 * duration, 0.8 * duration])
            .record_maxima(true),
        network,
    })
}

impl Case {
    fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }
}

fn matrices() -> CpuEngine {
    CpuEngine::new().kernel(Kernel::Plain)
}

fn cotangent(recording: &Recording) -> Cotangent {
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

fn everything() -> GradientOptions {
    let options = GradientOptions::default().delays(true).thresholds(true);
    options.and_neurons().input_times(true)
}

/// Sample and neuron, times and slopes of all spikes, neuron by neuron: what fires at one time up to rounding has no order.
fn by_neuron(recording: &Recording) -> (Vec<(usize, u32)>, Vec<f64>, Vec<f64>) {
    let mut spikes: Vec<((usize, u32), f64, f64)> = Vec::new();
    for sample in 0..SAMPLES {
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

#[test]
fn spikes_and_readouts_are_those_of_matrices() -> Result<()> {
    let mut n_spikes = 0;
    for seed in 0..40 {
        let case = case(seed, LONG)?;
        let lists = CpuEngine::new().simulate(&case.problem())?;
        let reference = matrices().simulate(&case.problem())?;
        let (lists_of, expected) = (by_neuron(&lists), by_neuron(&reference));
        assert!(lists_of.0 == expected.0, "seed {seed}: other neurons fire");
        let near = |what: &str, x: &[f64], y: &[f64], bar: f64| {
            agree(what, x, y, bar).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        };
        near("times", &lists_of.1, &expected.1, 1e-12);
        near("slopes", &lists_of.2, &expected.2, 1e-9);
        for (x, y) in lists.readouts().iter().zip(reference.readouts()) {
            near("integrals", &x.integrals, &y.integrals, 1e-11);
            near("voltages", &x.voltages, &y.voltages, 1e-11);
        }
        n_spikes += lists.n_spikes();
    }
    assert!(n_spikes > 10_000, "{n_spikes}");
    // The comparison can tell one synapse of thousands.
    let mut case = case(1, LONG)?;
    let reference = matrices().simulate(&case.problem())?;
    let id = case
        .network
        .projection_ids()
        .next()
        .expect("there are some");
    let weight = case.network.layout().weights(id).start;
    case.parameters.values_mut()[weight] += 0.25;
    let lists = CpuEngine::new().simulate(&case.problem())?;
    assert!(by_neuron(&lists) != by_neuron(&reference), "a control");
    Ok(())
}

#[test]
fn gradients_are_those_of_matrices() -> Result<()> {
    for seed in 0..24 {
        let case = case(seed, LONG)?;
        let problem = case.problem();
        let recording = matrices().simulate(&problem)?;
        let of_loss = cotangent(&recording);
        let gradient = |engine: CpuEngine, method| {
            let options = everything().method(method);
            engine.gradient(&problem, &recording, &of_loss, &options)
        };
        let reference = gradient(matrices(), Method::Adjoint)?;
        for method in [Method::Adjoint, Method::Forward] {
            let lists = gradient(CpuEngine::new(), method)?;
            for tensor in case.network.layout().tensors() {
                let range = tensor.range.clone();
                let expected = &reference.parameters[range.clone()];
                agree(&tensor.name, &lists.parameters[range], expected, 1e-9)
                    .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
            }
            agree(
                "input times",
                &lists.input_times,
                &reference.input_times,
                1e-9,
            )
            .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
            // The comparison can tell a gradient at its neighbour's synapse.
            let range = case.network.layout().tensors()[0].range.clone();
            let mut shifted = lists.parameters[range.clone()].to_vec();
            shifted.rotate_left(1);
            let expected = &reference.parameters[range];
            assert!(
                agree("shifted", &shifted, expected, 1e-9).is_err(),
                "a control"
            );
        }
    }
    Ok(())
}

/// Tiles of few columns cut the columns of one neuron apart.
#[test]
fn tiles_do_not_matter() -> Result<()> {
    for seed in 0..6 {
        let case = case(seed, LONG)?;
        let problem = case.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let of_loss = cotangent(&recording);
        let gradient = |bytes: usize| {
            let options = everything().method(Method::Forward).tile_memory(bytes);
            CpuEngine::new().gradient(&problem, &recording, &of_loss, &options)
        };
        assert_eq!(gradient(1 << 16)?, gradient(1 << 26)?, "seed {seed}");
    }
    Ok(())
}

#[test]
fn jacobians_directions_states_and_given_spikes_are_those_of_matrices() -> Result<()> {
    for seed in 0..8 {
        let case = case(seed, SHORT)?;
        let problem = case.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let flat = |values: &ndarray::Array2<f64>| values.iter().copied().collect::<Vec<f64>>();
        let jacobian = |engine: CpuEngine, method| {
            engine.jacobian(&problem, &recording, 1, &everything().method(method))
        };
        let reference = flat(&jacobian(matrices(), Method::Forward)?.parameters);
        for method in [Method::Forward, Method::Adjoint] {
            let lists = flat(&jacobian(CpuEngine::new(), method)?.parameters);
            agree("jacobian", &lists, &reference, 1e-9)
                .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
        }
        let mut direction = Direction::zeros(&problem);
        let values = direction.parameters.iter_mut().enumerate();
        values.for_each(|(ix, value)| *value = (ix as f64).sin());
        let along = |engine: CpuEngine| engine.jvp(&problem, &recording, &direction, &everything());
        let (lists, reference) = (along(CpuEngine::new())?, along(matrices())?);
        agree(
            "direction",
            &lists.spike_times,
            &reference.spike_times,
            1e-9,
        )
        .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        // V of a neuron that has fired, just before: its threshold.
        let spike = recording.range(0).start;
        let (neuron, time) = (recording.neurons()[spike], recording.times()[spike]);
        let trace = problem.states(&recording, 0, &[neuron as usize], &[time - 1e-9])?;
        assert!(
            (trace.voltages[[0, 0]] - 1.0).abs() < 1e-6,
            "seed {seed}: {trace:?}"
        );
        if case
            .network
            .populations()
            .iter()
            .all(|p| p.neuron.tau_synapse.len() == 1)
        {
            let mut given = SpikeBatch::new();
            for sample in 0..SAMPLES {
                given.push_sample(&recording.sample(sample).collect::<Vec<_>>())?;
            }
            let (made, report) = problem.recording_of(&given, GivenSpikes::within(1e-9))?;
            assert!(report.beyond == 0, "seed {seed}: {report:?}");
            agree("slopes", made.slopes(), recording.slopes(), 1e-7)
                .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        }
    }
    Ok(())
}
