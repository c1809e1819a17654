//! Gradients with respect to time constants, rest and initial potentials: forward, adjoint and differences must agree.

use std::collections::BTreeMap;

use crate::case_files::cases;
use crate::common::{Drawn, agree, cotangent, draw};
use crate::differences::difference;
use ndarray::Array1;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::network::{Network, Tensor, TensorKind};
use spikefront::{Engine, Gradient, GradientOptions, Method, Result};

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
            // Potentials are of order one, time constants of ten milliseconds.
            let step = match tensor.kind {
                TensorKind::Rest | TensorKind::Initial => 2e-6,
                _ => 2e-5,
            };
            let found = (&recording, &cotangent);
            let Some(fine) = difference(&engine, &drawn, found, place, step)? else {
                passed_over += 1;
                continue;
            };
            let scale = 1.0 + fine.abs();
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
                let options = everything(method).tile_memory(tile_memory);
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
                let id = problem.network.population_ids().nth(ix);
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
