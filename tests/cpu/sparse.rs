//! Networks by rules and lists, with generators and Poisson drives, in batches: the same network in rows is the reference,
//! which has its own executors.

use std::collections::HashMap;

use spikefront::cpu::CpuEngine;
use spikefront::cpu::stream::{StreamGradientOptions, spikes_by_event, stream_gradient};
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::{Network, NetworkInRows, Parameters, Source};
use spikefront::{
    Cotangent, Direction, Engine, Gradient, GradientOptions, Method, Problem, Result,
    SimulationOptions,
};

use crate::by_rules::{DURATION, described, trained};
use crate::common::agree;

/// In both forms; parameters rounded to single precision, as rows hold them.
struct Both {
    batch: Network,
    rows: NetworkInRows,
    parameters: Parameters,
    inputs: SpikeBatch,
}

fn both(seed: u64) -> Result<Both> {
    let batch = described(seed).build()?;
    let mut parameters = batch.parameters(seed);
    for value in parameters.values_mut() {
        *value = f64::from(*value as f32);
    }
    let mut silent = SpikeBatch::new();
    silent.push_sample(&[])?;
    Ok(Both {
        inputs: batch.complete_inputs(&silent, DURATION, &[seed])?,
        rows: described(seed).build_in_rows()?,
        batch,
        parameters,
    })
}

impl Both {
    fn problem<'a>(&'a self, options: &'a SimulationOptions) -> Problem<'a> {
        Problem {
            network: &self.batch,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options,
        }
    }
}

fn all() -> GradientOptions {
    GradientOptions {
        delays: true,
        thresholds: true,
        ..GradientOptions::default()
    }
}

/// The derivative of a loss of all spikes.
fn slope(time: f64, neuron: u32) -> f64 {
    (0.3 * time + f64::from(neuron)).cos()
}

fn cotangent(recording: &Recording) -> Cotangent {
    let mut cotangent = Cotangent::zeros(recording);
    let spikes = recording.times().iter().zip(recording.neurons());
    for (value, (&time, &neuron)) in cotangent.spike_times.iter_mut().zip(spikes) {
        *value = slope(time, neuron);
    }
    cotangent
}

#[test]
fn spikes_are_those_of_the_network_in_rows() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let mut n_spikes = 0;
    for seed in 0..12 {
        let both = both(seed)?;
        let recording = CpuEngine::new().simulate(&both.problem(&options))?;
        let mut reference = spikes_by_event(&both.rows, DURATION)?;
        reference.retain(|(time, _)| *time <= DURATION);
        assert_eq!(recording.n_spikes(), reference.len(), "seed {seed}");
        let times = recording.times().iter().zip(recording.neurons());
        for ((&time, &neuron), (expected, of)) in times.zip(&reference) {
            assert!(
                neuron == *of && (time - expected).abs() < 1e-9,
                "seed {seed}: {neuron} at {time}, not {of} at {expected}"
            );
        }
        n_spikes += reference.len();
    }
    assert!(n_spikes > 1000, "{n_spikes}");
    // The comparison can tell: another seed's arrivals.
    let mut other = both(0)?;
    let mut silent = SpikeBatch::new();
    silent.push_sample(&[])?;
    other.inputs = other.batch.complete_inputs(&silent, DURATION, &[99])?;
    let recording = CpuEngine::new().simulate(&other.problem(&options))?;
    let reference = spikes_by_event(&other.rows, DURATION)?;
    let apart = recording.times().iter().zip(&reference);
    assert!(
        apart
            .clone()
            .any(|(time, (expected, _))| (time - expected).abs() > 1e-3)
    );
    Ok(())
}

/// Which synapse it is: where from, its number there, the target, and the bits of weight and delay.
type Key = (Source, u32, u32, u32, u32);

/// dL/dw and dL/d(delay) of each.
type Slopes = HashMap<Key, [f64; 2]>;

/// dL/dw and dL/d(delay) of every synapse of the network in rows; of several that are alike the sums.
fn of_rows(rows: &NetworkInRows) -> Result<(Slopes, Vec<f64>, f64)> {
    let gradient = stream_gradient(
        rows,
        &StreamGradientOptions::default(),
        DURATION,
        |_| Ok(()),
        |spikes, values| {
            for (value, spike) in values.iter_mut().zip(spikes) {
                let window = rows.shortest_delay();
                *value = slope(spike.time(window), spike.neuron);
            }
        },
    )?;
    let mut all: Slopes = HashMap::new();
    for (ix, synapse) in rows.placed_synapses().enumerate() {
        let key = (
            synapse.source,
            synapse.source_number,
            synapse.target,
            synapse.weight.to_bits(),
            synapse.delay.to_bits(),
        );
        let sums = all.entry(key).or_default();
        sums[0] += gradient.weights[ix];
        sums[1] += gradient.delays[ix];
    }
    Ok((all, gradient.thresholds, gradient.drives[0]))
}

/// The same of the batch.
fn of_batch(both: &Both, gradient: &Gradient) -> Slopes {
    let (layout, values) = (both.batch.layout(), both.parameters.values());
    let mut all: Slopes = HashMap::new();
    for (id, connection) in both.batch.projection_ids().zip(both.batch.connections()) {
        let (weights, delays) = (layout.weights(id), layout.delays(id));
        let first = both.batch.population(connection.target).first_unit as u32;
        let synapses = connection.synapses().expect("none is all to all");
        for (ix, &[source, target]) in synapses.iter().enumerate() {
            let (weight, is_shared) = (weights.start + ix, connection.has_shared_delay());
            let delay = delays.start + if is_shared { 0 } else { ix };
            let key = (
                connection.source,
                source,
                first + target,
                (values[weight] as f32).to_bits(),
                (values[delay] as f32).to_bits(),
            );
            let sums = all.entry(key).or_default();
            sums[0] += gradient.parameters[weight];
            if !is_shared {
                sums[1] += gradient.parameters[delay];
            }
        }
    }
    all
}

#[test]
fn gradients_are_those_of_the_network_in_rows() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let (mut n_weights, mut n_delays) = (0, 0);
    for seed in 0..6 {
        let both = both(seed)?;
        let problem = both.problem(&options);
        let recording = CpuEngine::new().simulate(&problem)?;
        let (reference, thresholds, drive) = of_rows(&both.rows)?;
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions { method, ..all() };
            let of_loss = cotangent(&recording);
            let gradient = CpuEngine::new().gradient(&problem, &recording, &of_loss, &options)?;
            let found = of_batch(&both, &gradient);
            assert_eq!(found.len(), reference.len());
            let (mut weights, mut delays) = (Vec::new(), Vec::new());
            let is_shared = |source: Source| source == both.batch.connections()[2].source;
            for (key, expected) in &reference {
                let found = found[key];
                weights.push((found[0], expected[0]));
                if !is_shared(key.0) {
                    delays.push((found[1], expected[1]));
                }
            }
            let split =
                |pairs: &[(f64, f64)]| -> (Vec<f64>, Vec<f64>) { pairs.iter().copied().unzip() };
            for (what, pairs) in [("weights", &weights), ("delays", &delays)] {
                let (found, expected) = split(pairs);
                agree(what, &found, &expected, 1e-8).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
                let mut wrong = expected;
                wrong.reverse();
                assert!(agree(what, &found, &wrong, 1e-8).is_err(), "a control");
            }
            (n_weights, n_delays) = (n_weights + weights.len(), n_delays + delays.len());
            // One delay is shared by all synapses of the third projection.
            let layout = both.batch.layout();
            let shared = both.batch.projection_ids().nth(2).expect("there are four");
            let sum: f64 = reference
                .iter()
                .filter(|(key, _)| is_shared(key.0))
                .map(|(_, slopes)| slopes[1])
                .sum();
            let found = gradient.parameters[layout.delays(shared).start];
            assert!(
                (found - sum).abs() < 1e-8 * sum.abs().max(1.0),
                "{found}, not {sum}"
            );
            let found =
                gradient.parameters[layout.find("poisson->e/weight").expect("it is").range.start];
            assert!(
                (found - drive).abs() < 1e-8 * drive.abs().max(1.0),
                "{found}, not {drive}"
            );
            for (population, expected) in both.batch.populations().iter().zip(&thresholds) {
                let tensor = layout.find(&format!("{}/threshold", population.name));
                let range = tensor.expect("it fires").range.clone();
                let found: f64 = gradient.parameters[range].iter().sum();
                assert!((found - expected).abs() < 1e-8 * expected.abs().max(1.0));
            }
        }
    }
    assert!(
        n_weights > 1000 && n_delays > 1000,
        "{n_weights}, {n_delays}"
    );
    Ok(())
}

/// A Jacobian, a direction and a gradient tell of one run the same.
#[test]
fn jacobians_and_directions_agree() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let both = both(3)?;
    let problem = both.problem(&options);
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let of_loss = cotangent(&recording);
    let settings = all().and_neurons();
    let gradient = engine.gradient(&problem, &recording, &of_loss, &settings)?;
    let jacobian = engine.jacobian(&problem, &recording, 0, &settings)?;
    assert_eq!(jacobian.parameters.ncols(), both.parameters.values().len());
    let mut direction = Direction::zeros(&problem);
    for (ix, value) in direction.parameters.iter_mut().enumerate() {
        *value = (ix as f64).sin();
    }
    let tangent = engine.jvp(&problem, &recording, &direction, &settings)?;
    let product: f64 = tangent
        .spike_times
        .iter()
        .zip(&of_loss.spike_times)
        .map(|(x, y)| x * y)
        .sum();
    let by_gradient: f64 = direction
        .parameters
        .iter()
        .zip(&gradient.parameters)
        .map(|(x, y)| x * y)
        .sum();
    let along = jacobian
        .parameters
        .dot(&ndarray::aview1(&direction.parameters));
    let by_jacobian: f64 = along
        .iter()
        .zip(&of_loss.spike_times)
        .map(|(x, y)| x * y)
        .sum();
    let near = |x: f64, y: f64| (x - y).abs() < 1e-9 * y.abs().max(1.0);
    assert!(near(product, by_gradient) && near(by_jacobian, by_gradient));
    assert!(!near(product, 1.001 * by_gradient), "a control");
    direction.parameters.pop();
    assert!(
        engine
            .jvp(&problem, &recording, &direction, &settings)
            .is_err()
    );
    Ok(())
}

/// States, given spikes and fingerprints go through the same matrices.
#[test]
fn recordings_belong_to_their_problem() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let both = both(1)?;
    let problem = both.problem(&options);
    let recording = CpuEngine::new().simulate(&problem)?;
    problem.check_recording(&recording)?;
    let spikes: Vec<_> = recording.sample(0).collect();
    let mut given = SpikeBatch::new();
    given.push_sample(&spikes)?;
    let (made, report) = problem.recording_of(&given, spikefront::GivenSpikes::within(1e-9))?;
    assert_eq!(made.n_spikes(), recording.n_spikes());
    assert!(report.beyond == 0, "{report:?}");
    let trace = problem.states(&recording, 0, &[0], &[DURATION])?;
    assert!(trace.voltages[[0, 0]] < 1.0);
    let mut parameters = both.parameters.clone();
    parameters.values_mut()[0] += 0.25;
    let other = Problem {
        parameters: &parameters,
        ..problem
    };
    assert!(other.check_recording(&recording).is_err(), "a control");
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let both = both(0)?;
    let options = SimulationOptions::new(DURATION);
    let mut plain = SpikeBatch::new();
    plain.push_sample(&[])?;
    let problem = Problem {
        inputs: &plain,
        ..both.problem(&options)
    };
    let error = CpuEngine::new()
        .simulate(&problem)
        .expect_err("it lacks arrivals")
        .to_string();
    assert!(error.contains("complete_inputs"), "{error}");
    let again = both.batch.complete_inputs(&both.inputs, DURATION, &[1]);
    assert!(
        again
            .expect_err("twice")
            .to_string()
            .contains("complete already")
    );
    assert!(
        both.batch
            .complete_inputs(&plain, DURATION, &[1, 2])
            .is_err()
    );
    assert!(both.batch.complete_inputs(&plain, f64::NAN, &[1]).is_err());
    let mut several = described(0);
    let two = spikefront::network::Neuron::leaky_integrate_and_fire().receptors([2.0, 5.0]);
    several.population("several", 2, two);
    let error = several.build().expect_err("there are two").to_string();
    assert!(
        error.contains("receptors of population \"several\" is 2"),
        "{error}"
    );
    let mut empty = described(0);
    let more = empty.population(
        "more",
        2,
        spikefront::network::Neuron::leaky_integrate_and_fire(),
    );
    let none = spikefront::network::Rule::FixedProbability(0.0);
    empty.connect(
        more,
        more,
        spikefront::network::Projection::by_rule(none, 1.0),
    );
    let error = empty.build().expect_err("there is none").to_string();
    assert!(
        error.contains("number of synapses of \"more->more\" is 0"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_sparse_recurrent_layer_with_noise_is_trained() -> Result<()> {
    let engine = CpuEngine::new();
    let (losses, accuracy) = trained(&engine, 6)?;
    assert!(
        losses[5] < 0.5 * losses[0] && accuracy > 0.9,
        "{losses:?}, {accuracy}"
    );
    // Noise and connectivity are functions of their seeds.
    assert_eq!(trained(&engine.threads(2)?, 6)?, (losses, accuracy));
    Ok(())
}
