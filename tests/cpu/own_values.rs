//! Gradients with respect to time constants, rest and initial potentials: forward, adjoint and differences must agree.

use std::collections::BTreeMap;

use crate::case_files::cases;
use crate::common::{Drawn, agree, cotangent, draw};
use ndarray::{Array1, array};
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Recording, SpikeBatch};
use spikefront::model::{
    Network, Neuron, Parameters, PopulationId, Projection, Tensor, TensorKind,
};
use spikefront::{
    Cotangent, Engine, Gradient, GradientOptions, Method, Problem, Result, SimulationOptions,
};

const NETWORKS: u64 = 1_000;

fn everything(method: Method) -> GradientOptions {
    GradientOptions::everything(method).and_neurons()
}

/// The tensors that are tested here.
fn tensors(network: &Network) -> impl Iterator<Item = &Tensor> {
    let tensors = network.layout().tensors().iter();
    tensors.filter(|tensor| TensorKind::OF_NEURONS.contains(&tensor.kind))
}

/// A gradient's entries of them, all of one kind together, so that each is compared with its like.
fn entries(network: &Network, gradient: &[f64], kind: TensorKind) -> Vec<f64> {
    let own = tensors(network).filter(|tensor| tensor.kind == kind);
    own.flat_map(|tensor| gradient[tensor.range.clone()].to_vec())
        .collect()
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
                let reference = found.get_or_insert_with(|| gradient.clone());
                for kind in TensorKind::OF_NEURONS {
                    let of =
                        |gradient: &Gradient| entries(&drawn.network, &gradient.parameters, kind);
                    agree("own values", &of(reference), &of(&gradient), 1e-11).unwrap_or_else(
                        |e| panic!("seed {seed}, {kernel:?}, {method}, {kind:?}: {e}"),
                    );
                }
                // What else was asked for is what it was without, and what was not is zero.
                let without = GradientOptions::everything(method);
                let without = engine.gradient(&problem, &recording, &cotangent, &without)?;
                let mut expected = gradient.parameters.clone();
                for tensor in tensors(&drawn.network) {
                    expected[tensor.range.clone()].fill(0.0);
                }
                assert_eq!(without.parameters, expected);
            }
        }
    }
    Ok(())
}

#[test]
fn central_differences_agree() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut compared, mut passed_over, mut told_apart) = (BTreeMap::new(), 0, 0);
    for seed in 0..NETWORKS {
        let drawn = with_maxima(seed)?;
        let recording = engine.simulate(&drawn.problem())?;
        let cotangent = cotangent(&recording, seed);
        let options = everything(Method::Adjoint);
        let gradient = engine.gradient(&drawn.problem(), &recording, &cotangent, &options)?;
        for (ix, tensor) in tensors(&drawn.network).enumerate() {
            // Three of the twelve by turns.
            if !(seed as usize + ix).is_multiple_of(4) {
                continue;
            }
            let place = tensor.range.start + seed as usize % tensor.range.len();
            let at = |shift: f64| -> Result<Option<f64>> {
                let mut parameters = drawn.parameters.clone();
                parameters.values_mut()[place] += shift;
                let moved = engine.simulate(&Problem {
                    parameters: &parameters,
                    ..drawn.problem()
                })?;
                let is_same = moved.neurons() == recording.neurons();
                Ok(is_same.then(|| loss(&moved, &cotangent)))
            };
            let difference = |step: f64| -> Result<Option<f64>> {
                Ok(at(step)?
                    .zip(at(-step)?)
                    .map(|(up, down)| (up - down) / (2.0 * step)))
            };
            // Potentials are of order one, time constants of ten milliseconds.
            let step = match tensor.kind {
                TensorKind::Rest | TensorKind::Initial => 2e-6,
                _ => 2e-5,
            };
            let (Some(coarse), Some(fine)) = (difference(step)?, difference(step / 2.0)?) else {
                passed_over += 1;
                continue;
            };
            let scale = 1.0 + fine.abs();
            // Where two step sizes disagree, an event has moved past another, or a spike nearly grazes.
            if (coarse - fine).abs() > 1e-6 * scale {
                passed_over += 1;
                continue;
            }
            let exact = gradient.parameters[place];
            assert!(
                (exact - fine).abs() < 1e-5 * scale,
                "{seed}, {}: {exact} against {fine}",
                tensor.name
            );
            let wrong = exact + 1e-3 * scale;
            assert!(
                (wrong - fine).abs() > 1e-5 * scale,
                "the control must differ"
            );
            // Another tensor's entry is told apart, unless neither matters.
            let other = tensors(&drawn.network).nth((ix + 1) % 12).expect("twelve");
            let other = gradient.parameters[other.range.start];
            told_apart += u32::from((other - fine).abs() > 1e-5 * scale);
            *compared.entry(tensor.name.clone()).or_insert(0) += 1;
        }
    }
    println!(
        "{compared:?} derivatives compared, {passed_over} without a difference to trust, {told_apart} told apart"
    );
    assert_eq!(compared.len(), 12);
    assert!(compared.values().all(|&n| n > NETWORKS / 8), "{compared:?}");
    assert!(u64::from(told_apart) > 2 * NETWORKS, "{told_apart}");
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
                let contracted = weights.dot(&jacobian.parameters).to_vec();
                for kind in TensorKind::OF_NEURONS {
                    let of = |values: &[f64]| entries(&drawn.network, values, kind);
                    agree(
                        "own values",
                        &of(&contracted),
                        &of(&gradient.parameters),
                        1e-11,
                    )
                    .unwrap_or_else(|e| panic!("{seed}, {method}, {kind:?}: {e}"));
                }
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
        let places = |kind: TensorKind| -> Vec<usize> {
            let populations = problem.network.populations();
            let place = |&unit: &usize| {
                let ix = populations.partition_point(|p| p.first_unit <= unit) - 1;
                let id = problem.network.find_population(&populations[ix].name);
                let range = problem
                    .network
                    .layout()
                    .of_population(id.expect("it is there"), kind)
                    .expect("every population has one");
                range.start + unit - populations[ix].first_unit
            };
            network.units().iter().map(place).collect()
        };
        let pairs = [
            (TensorKind::TauMembrane, &answer.tau_membrane),
            (TensorKind::TauSynapse, &answer.tau_synapse),
        ];
        for method in [Method::Adjoint, Method::Forward] {
            let jacobian = engine.jacobian(&problem, &recording, 0, &everything(method))?;
            for (kind, expected) in pairs {
                assert_eq!(expected.len(), recording.n_spikes(), "{}", case.name());
                let places = places(kind);
                let rows = jacobian.parameters.rows().into_iter();
                let found: Vec<f64> = rows
                    .flat_map(|row| {
                        places
                            .iter()
                            .map(move |&place| row[place])
                            .collect::<Vec<_>>()
                    })
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
    let network = builder.build()?;
    let mut parameters = network.parameters(0);
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
            tau_membrane: true,
            tau_synapse: true,
            ..GradientOptions::default()
        };
        let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
        for kind in [TensorKind::TauMembrane, TensorKind::TauSynapse] {
            let range = network.layout().of_population(neuron, kind);
            let place = range.expect("it has one").start;
            parameters.values_mut()[place] -= 100.0 * gradient.parameters[place];
        }
    }
    let (first, last) = (misses[0], misses[misses.len() - 1]);
    assert!(first > 0.05 && last < 1e-6, "{first} {last}");
    Ok(())
}

#[test]
fn values_that_no_neuron_can_have_are_refused_by_name() -> Result<()> {
    let drawn = draw(0)?;
    let hidden = drawn
        .network
        .find_population("hidden")
        .expect("it is there");
    let with = |kind: TensorKind, value: f64| -> (Result<()>, Parameters) {
        let mut parameters = drawn.parameters.clone();
        let range = drawn.network.layout().of_population(hidden, kind);
        parameters.values_mut()[range.expect("it has one").start] = value;
        (parameters.check(&drawn.network), parameters)
    };
    for (kind, good, bad, name) in [
        (
            TensorKind::TauMembrane,
            7.0,
            [0.0, -1.0, f64::NAN],
            "tau_membrane",
        ),
        (
            TensorKind::TauSynapse,
            7.0,
            [0.0, -1.0, f64::NAN],
            "tau_synapse",
        ),
        (
            TensorKind::Rest,
            -7.0,
            [1e101, f64::INFINITY, f64::NAN],
            "rest",
        ),
        (TensorKind::Initial, -7.0, [1e101, 2.0, f64::NAN], "initial"),
    ] {
        let (checked, parameters) = with(kind, good);
        checked?;
        // What is there is what engines compute with.
        let moved = CpuEngine::new().simulate(&Problem {
            parameters: &parameters,
            ..drawn.problem()
        })?;
        let before = CpuEngine::new().simulate(&drawn.problem())?;
        assert_ne!(moved.times(), before.times(), "{name}");
        for bad in bad {
            let told = with(kind, bad).0.expect_err("it is refused").to_string();
            assert!(told.contains(name), "{bad}: {told}");
        }
    }
    Ok(())
}

/// A value that is shared is one parameter, whose derivative is the sum over the neurons that share it.
#[test]
fn a_shared_value_is_one_parameter() -> Result<()> {
    let network = |is_shared: bool| -> Result<(Network, PopulationId)> {
        let value = |value: f64| match is_shared {
            true => spikefront::model::PerNeuron::Same(value),
            false => vec![value; 3].into(),
        };
        let neuron = Neuron::leaky_integrate_and_fire()
            .tau_membrane(value(15.0))
            .tau_synapse(value(6.0))
            .drive(value(0.2))
            .initial(value(0.1));
        let mut builder = Network::builder();
        let input = builder.input("input", 1);
        let hidden = builder.population("hidden", 3, neuron);
        builder.connect(input, hidden, Projection::dense(array![[0.3, 0.5, 0.7]]));
        Ok((builder.build()?, hidden))
    };
    let (options, engine) = (SimulationOptions::new(60.0), CpuEngine::new());
    let mut inputs = SpikeBatch::new();
    inputs.push_channels(&[vec![0.0, 3.0, 9.0]])?;
    let mut sums = Vec::new();
    for is_shared in [true, false] {
        let (network, hidden) = network(is_shared)?;
        let parameters = network.parameters(0);
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let mut cotangent = Cotangent::zeros(&recording);
        cotangent.spike_times.fill(1.0);
        let own = TensorKind::OF_NEURONS.map(|kind| {
            let range = network
                .layout()
                .of_population(hidden, kind)
                .expect("it has one");
            assert_eq!(range.len(), if is_shared { 1 } else { 3 });
            range
        });
        let of = |method| -> Result<Vec<f64>> {
            let gradient =
                engine.gradient(&problem, &recording, &cotangent, &everything(method))?;
            let sum =
                |range: &std::ops::Range<usize>| gradient.parameters[range.clone()].iter().sum();
            Ok(own.iter().map(sum).collect())
        };
        sums.push(of(Method::Adjoint)?);
        sums.push(of(Method::Forward)?);
    }
    for other in &sums[1..] {
        agree("sums", &sums[0], other, 1e-13).expect("they agree");
    }
    assert!(sums[0].iter().all(|sum| sum.abs() > 1e-3), "{sums:?}");
    Ok(())
}
