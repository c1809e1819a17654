//! Gradients with respect to time constants: forward, adjoint and differences must agree.

use std::collections::BTreeMap;

use crate::case_files::cases;
use crate::common::{Drawn, agree, cotangent, draw};
use ndarray::{Array1, array};
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::{Network, Neuron, PerNeuron, PopulationId, Projection};
use spikefront::{
    Cotangent, Engine, Gradient, GradientOptions, Method, Problem, Result, SimulationOptions,
};

const NETWORKS: u64 = 1_000;

fn everything(method: Method) -> GradientOptions {
    GradientOptions {
        time_constants: true,
        ..GradientOptions::everything(method)
    }
}

fn with_maxima(seed: u64) -> Result<Drawn> {
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

/// The loss whose gradient is asked for: linear in everything recorded.
fn loss(recording: &Recording, cotangent: &Cotangent) -> f64 {
    let readouts = recording.readouts().iter().flat_map(|readout| {
        let maxima = readout.maxima.iter().map(|maximum| maximum.voltage);
        let seen = readout.integrals.iter().chain(&readout.voltages).copied();
        seen.chain(maxima).collect::<Vec<f64>>()
    });
    let entries = recording.times().iter().copied().chain(readouts);
    entries.zip(cotangent.entries()).map(|(x, y)| x * y).sum()
}

#[test]
fn forward_and_adjoint_agree_on_either_kernel() -> Result<()> {
    for seed in 0..NETWORKS {
        let drawn = with_maxima(seed)?;
        let problem = drawn.problem();
        let mut found: Option<Gradient> = None;
        for kernel in [Kernel::Auto, Kernel::Plain] {
            let engine = CpuEngine::new().kernel(kernel);
            // One recording for both: the kernels place spikes by different roundings.
            let recording = CpuEngine::new().simulate(&problem)?;
            let cotangent = cotangent(&recording, seed);
            for method in [Method::Adjoint, Method::Forward] {
                let options = everything(method);
                let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
                assert_eq!(gradient.time_constants.len(), 2 * drawn.network.n_neurons());
                let reference = found.get_or_insert_with(|| gradient.clone());
                let pair = (&reference.time_constants, &gradient.time_constants);
                agree("time constants", pair.0, pair.1, 1e-11)
                    .unwrap_or_else(|e| panic!("seed {seed}, {kernel:?}, {method}: {e}"));
                // What else was asked for is what it was without.
                let without = GradientOptions {
                    time_constants: false,
                    ..options
                };
                let without = engine.gradient(&problem, &recording, &cotangent, &without)?;
                assert!(without.time_constants.is_empty());
                assert_eq!(without.parameters, gradient.parameters);
            }
        }
    }
    Ok(())
}

#[test]
fn central_differences_agree() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut compared, mut passed_over) = (0, 0);
    for seed in 0..NETWORKS {
        let drawn = with_maxima(seed)?;
        let recording = engine.simulate(&drawn.problem())?;
        let cotangent = cotangent(&recording, seed);
        let options = everything(Method::Adjoint);
        let gradient = engine.gradient(&drawn.problem(), &recording, &cotangent, &options)?;
        let n_neurons = drawn.network.n_neurons();
        for (ix, name) in ["hidden", "output", "readout"].into_iter().enumerate() {
            let id = drawn.network.find_population(name).expect("it is there");
            let population = drawn.network.population(id);
            let moves_synapse = (seed as usize + ix).is_multiple_of(2);
            // The whole population, or one neuron of it, by turns.
            let only = seed
                .is_multiple_of(3)
                .then_some(seed as usize % population.size);
            let at = |shift: f64| -> Result<Option<f64>> {
                let moved = |value: &PerNeuron, is_moved: bool| -> Vec<f64> {
                    let neurons = 0..population.size;
                    let shift = |neuron: usize| match only.is_none_or(|only| only == neuron) {
                        true if is_moved => shift,
                        _ => 0.0,
                    };
                    neurons
                        .map(|neuron| value.get(neuron) + shift(neuron))
                        .collect()
                };
                let network = drawn.network.with_time_constants(
                    id,
                    moved(&population.neuron.tau_membrane, !moves_synapse),
                    moved(&population.neuron.tau_synapse[0], moves_synapse),
                )?;
                let problem = Problem {
                    network: &network,
                    ..drawn.problem()
                };
                let moved = engine.simulate(&problem)?;
                let is_same = moved.neurons() == recording.neurons();
                Ok(is_same.then(|| loss(&moved, &cotangent)))
            };
            let difference = |step: f64| -> Result<Option<f64>> {
                Ok(at(step)?
                    .zip(at(-step)?)
                    .map(|(up, down)| (up - down) / (2.0 * step)))
            };
            let (Some(coarse), Some(fine)) = (difference(2e-5)?, difference(1e-5)?) else {
                passed_over += 1;
                continue;
            };
            let scale = 1.0 + fine.abs();
            // Where two step sizes disagree, an event has moved past another, or a spike nearly grazes.
            if (coarse - fine).abs() > 1e-6 * scale {
                passed_over += 1;
                continue;
            }
            let exact = match only {
                Some(neuron) => {
                    let first = if moves_synapse { n_neurons } else { 0 };
                    gradient.time_constants[first + population.first_unit + neuron]
                }
                None => {
                    let both = gradient.time_constants_of(population).expect("asked for");
                    both[usize::from(moves_synapse)]
                }
            };
            assert!(
                (exact - fine).abs() < 1e-5 * scale,
                "{seed}, {name}: {exact} against {fine}"
            );
            let wrong = exact + 1e-3 * scale;
            assert!(
                (wrong - fine).abs() > 1e-5 * scale,
                "the control must differ"
            );
            compared += 1;
        }
    }
    println!("{compared} derivatives compared, {passed_over} without a difference to trust");
    assert!(compared > 2 * NETWORKS as usize);
    Ok(())
}

#[test]
fn the_jacobian_contracts_to_the_gradient_in_any_tile() -> Result<()> {
    let engine = CpuEngine::new();
    for seed in 0..40 {
        let mut drawn = with_maxima(seed)?;
        drawn.inputs = drawn.inputs.select(&[0]);
        let problem = drawn.problem();
        let recording = engine.simulate(&problem)?;
        let cotangent = cotangent(&recording, seed);
        let mut weights = cotangent.spike_times.clone();
        for part in [
            &cotangent.voltages[0],
            &cotangent.integrals[0],
            &cotangent.maxima[0],
        ] {
            weights.extend_from_slice(part);
        }
        let weights = Array1::from(weights);
        for method in [Method::Adjoint, Method::Forward] {
            for tile_memory in [1, 40_000, usize::MAX] {
                let options = GradientOptions {
                    tile_memory,
                    ..everything(method)
                };
                let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
                let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
                let contracted = weights.dot(&jacobian.time_constants).to_vec();
                agree(
                    "time constants",
                    &contracted,
                    &gradient.time_constants,
                    1e-11,
                )
                .unwrap_or_else(|e| panic!("{seed}, {method}: {e}"));
            }
        }
    }
    Ok(())
}

/// The oracle's derivatives of one case, `[spike x neuron]`.
#[derive(serde::Deserialize)]
struct Answer {
    tau_membrane: Vec<Vec<f64>>,
    tau_synapse: Vec<Vec<f64>>,
}

/// What `tests/oracle/time_constants.py` found with 110 digits and no gradient formula, for cases of up to 20 spikes.
fn answers() -> BTreeMap<String, Answer> {
    serde_json::from_str(include_str!("../oracle/time_constants.json"))
        .expect("the answers are sound")
}

#[test]
fn every_case_is_met_by_both_methods() -> Result<()> {
    let (engine, answers) = (CpuEngine::new(), answers());
    let mut n_entries = 0;
    for case in cases() {
        let network = case.network()?;
        let problem = network.problem();
        let recording = engine.simulate(&problem)?;
        let Some(answer) = answers.get(case.name()) else {
            continue;
        };
        let n_neurons = network.units().len();
        for method in [Method::Adjoint, Method::Forward] {
            let jacobian = engine.jacobian(&problem, &recording, 0, &everything(method))?;
            for (first, expected) in [(0, &answer.tau_membrane), (n_neurons, &answer.tau_synapse)] {
                assert_eq!(expected.len(), recording.n_spikes(), "{}", case.name());
                let rows = jacobian.time_constants.rows().into_iter();
                let found: Vec<f64> = rows
                    .flat_map(|row| network.units().iter().map(move |unit| row[first + unit]))
                    .collect();
                let expected = expected.concat();
                agree(case.name(), &found, &expected, 1e-11)
                    .unwrap_or_else(|e| panic!("{method}: {e}"));
                // Negative control: a part in a million is seen.
                let wrong: Vec<f64> = expected.iter().map(|x| x * (1.0 + 1e-6)).collect();
                assert!(agree(case.name(), &found, &wrong, 1e-11).is_err());
                n_entries += found.len();
            }
        }
    }
    println!("{n_entries} derivatives compared");
    assert!(answers.len() == 22 && n_entries > 1_500);
    Ok(())
}

/// A neuron with a single input spike: its first spike's time solves w gain(t) = 1.
#[test]
fn a_time_constant_can_be_learnt() -> Result<()> {
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let lif = Neuron::leaky_integrate_and_fire().tau_synapse(8.0);
    let neuron = builder.population("neuron", 1, lif);
    builder.connect(input, neuron, Projection::dense(array![[0.4]]));
    let mut network = builder.build()?;
    let parameters = network.parameters(0);
    let (options, engine) = (SimulationOptions::new(60.0), CpuEngine::new());
    let mut inputs = SpikeBatch::new();
    inputs.push_channels(&[vec![0.0]])?;
    let target = 3.2;
    let mut misses = Vec::new();
    for _ in 0..200 {
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let miss = recording.times()[0] - target;
        misses.push(miss.abs());
        let mut cotangent = Cotangent::zeros(&recording);
        cotangent.spike_times[0] = miss;
        let options = GradientOptions {
            time_constants: true,
            ..GradientOptions::default()
        };
        let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
        let [by_membrane, by_synapse] = gradient
            .time_constants_of(network.population(neuron))
            .expect("asked for");
        let before = &network.population(neuron).neuron;
        let tau_membrane = before.tau_membrane.get(0) - 100.0 * by_membrane;
        let tau_synapse = before.tau_synapse[0].get(0) - 100.0 * by_synapse;
        network = network.with_time_constants(neuron, tau_membrane, tau_synapse)?;
    }
    let (first, last) = (misses[0], misses[misses.len() - 1]);
    assert!(first > 0.05 && last < 1e-6, "{first} {last}");
    Ok(())
}

#[test]
fn misuse_is_an_error() -> Result<()> {
    let drawn = draw(0)?;
    let hidden = drawn
        .network
        .find_population("hidden")
        .expect("it is there");
    let with = |id: PopulationId, tau: f64| drawn.network.with_time_constants(id, tau, 5.0);
    assert!(with(hidden, 7.0).is_ok());
    for bad in [0.0, -1.0, f64::NAN] {
        assert!(with(hidden, bad).is_err());
    }
    let each = vec![5.0; drawn.network.population(hidden).size + 1];
    assert!(
        drawn
            .network
            .with_time_constants(hidden, each, 5.0)
            .is_err()
    );
    Ok(())
}
