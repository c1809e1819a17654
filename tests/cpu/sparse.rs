//! Networks by rules and lists, with generators and Poisson drives, in batches: the same network in rows is the reference,
//! which has its own executors.

use std::collections::HashMap;

use spikefront::cpu::CpuEngine;
use spikefront::cpu::stream::{StreamGradientOptions, spikes_by_event, stream_gradient};
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::{Network, NetworkInRows, Parameters, Source};
use spikefront::{
    Cotangent, Engine, Gradient, GradientOptions, Method, Problem, Result, SimulationOptions,
};

use crate::by_rules::{DURATION, described};
use crate::common::agree;

/// In both forms; parameters rounded to single precision, as rows hold them.
pub struct Both {
    pub batch: Network,
    pub rows: NetworkInRows,
    pub parameters: Parameters,
    pub inputs: SpikeBatch,
}

pub fn both(seed: u64) -> Result<Both> {
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
    pub fn problem<'a>(&'a self, options: &'a SimulationOptions) -> Problem<'a> {
        Problem {
            network: &self.batch,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options,
        }
    }
}

pub fn all() -> GradientOptions {
    GradientOptions::default().delays(true).thresholds(true)
}

/// The derivative of a loss of all spikes.
fn slope(time: f64, neuron: u32) -> f64 {
    (0.3 * time + f64::from(neuron)).cos()
}

pub fn cotangent(recording: &Recording) -> Cotangent {
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
            let options = all().method(method);
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
