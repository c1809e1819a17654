//! Their derivatives: the adjoint, forward propagation, the Jacobian, one direction and differences must agree.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::network::TensorKind;
use spikefront::{Direction, Engine, GradientOptions, Method, Problem, Result};

use super::networks::{TOPOLOGIES, Topology, Variant, draw, last_tau};
use crate::common::{agree, cotangent};
use crate::differences::difference;

fn everything(method: Method) -> GradientOptions {
    GradientOptions::everything(method).and_neurons()
}

/// Every topology with some seeds.
fn all(seeds: u64) -> impl Iterator<Item = (u64, Topology)> {
    TOPOLOGIES
        .into_iter()
        .flat_map(move |topology| (0..seeds).map(move |seed| (seed, topology)))
}

#[test]
fn adjoint_and_forward_propagation_agree() -> Result<()> {
    let (mut n_spikes, mut told_apart, mut n) = (0, 0, 0);
    for (seed, topology) in all(18) {
        let drawn = draw(seed, &Variant::of(seed, topology), 2)?;
        let problem = drawn.problem();
        for kernel in [Kernel::Auto, Kernel::Plain] {
            let engine = CpuEngine::new().kernel(kernel);
            let recording = CpuEngine::new().simulate(&problem)?;
            let cotangent = cotangent(&recording, seed);
            let of = |problem: &Problem<'_>, method| {
                engine.gradient(problem, &recording, &cotangent, &everything(method))
            };
            let (adjoint, forward) = (
                of(&problem, Method::Adjoint)?,
                of(&problem, Method::Forward)?,
            );
            // Entries of different kinds are of different sizes: each tensor is compared on its own.
            for tensor in drawn.network.layout().tensors() {
                let own = tensor.range.clone();
                let pair = (&adjoint.parameters[own.clone()], &forward.parameters[own]);
                agree(&tensor.name, pair.0, pair.1, 1e-11)
                    .unwrap_or_else(|e| panic!("seed {seed}, {topology:?}, {kernel:?}: {e}"));
            }
            agree(
                "input times",
                &adjoint.input_times,
                &forward.input_times,
                1e-11,
            )
            .unwrap_or_else(|e| panic!("seed {seed}, {topology:?}, {kernel:?}: {e}"));
            // Negative control: the last receptor slower by a millionth of a ms.
            let mut other = draw(seed, &Variant::of(seed, topology), 2)?;
            other.parameters.values_mut()[last_tau(&drawn.network)] += 1e-6;
            let options = everything(Method::Forward);
            let moved = engine.simulate(&other.problem())?;
            let wrong = engine.gradient(&other.problem(), &moved, &cotangent, &options)?;
            let compared = agree("", &adjoint.parameters, &wrong.parameters, 1e-11);
            told_apart += u32::from(compared.is_err());
            n_spikes += recording.n_spikes();
            n += 1;
        }
    }
    println!("{n_spikes} spikes in {n} gradients, {told_apart} told apart");
    assert!(n_spikes > 5_000 && told_apart == n);
    Ok(())
}

#[test]
fn central_differences_agree() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut compared, mut passed_over) = (BTreeMap::new(), 0);
    for (seed, topology) in all(24) {
        let drawn = draw(seed, &Variant::of(seed, topology), 1)?;
        let recording = engine.simulate(&drawn.problem())?;
        let cotangent = cotangent(&recording, seed);
        let options = everything(Method::Adjoint);
        let gradient = engine.gradient(&drawn.problem(), &recording, &cotangent, &options)?;
        for (ix, tensor) in drawn.network.layout().tensors().iter().enumerate() {
            if !(seed as usize + ix).is_multiple_of(3) {
                continue;
            }
            let place = tensor.range.start + seed as usize % tensor.range.len();
            // Without delay there is no step to an earlier arrival.
            if tensor.kind == TensorKind::Delay && drawn.parameters.values()[place] == 0.0 {
                continue;
            }
            let found = (&recording, &cotangent);
            let Some(fine) = difference(&engine, &drawn, found, place, 4e-6)? else {
                passed_over += 1;
                continue;
            };
            let (exact, scale) = (gradient.parameters[place], 1.0 + fine.abs());
            assert!(
                (exact - fine).abs() < 1e-5 * scale,
                "{seed}, {topology:?}, {}: {exact} against {fine}",
                tensor.name
            );
            let wrong = exact + 1e-3 * scale;
            assert!(
                (wrong - fine).abs() > 1e-5 * scale,
                "the control must differ"
            );
            *compared.entry(tensor.name.clone()).or_insert(0) += 1;
        }
    }
    println!("{compared:?} derivatives compared, {passed_over} without a difference to trust");
    let n: i32 = compared.values().sum();
    assert!(n > 400 && passed_over < n, "{n} {passed_over}");
    for of in ["tau_synapse[0]", "tau_synapse[1]", "tau_synapse[2]"] {
        for population in ["e", "readout"] {
            let name = format!("{population}/{of}");
            assert!(compared.get(&name).is_some_and(|&n| n > 3), "{name}");
        }
    }
    Ok(())
}

#[test]
fn the_jacobian_of_either_method_times_a_direction_is_the_derivative_along_it() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut told_apart, mut n) = (0, 0);
    for (seed, topology) in all(3) {
        let drawn = draw(seed, &Variant::of(seed, topology), 1)?;
        let problem = drawn.problem();
        let recording = engine.simulate(&problem)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut random =
            |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let mut direction = Direction {
            parameters: random(problem.network.layout().len()),
            input_times: random(problem.inputs.n_spikes()),
        };
        let along = |direction: &Direction| -> Result<Vec<f64>> {
            let options = everything(Method::Forward);
            let tangent = engine.jvp(&problem, &recording, direction, &options)?;
            Ok(tangent.entries().collect())
        };
        let tangent = along(&direction)?;
        let mut products = Vec::new();
        for method in [Method::Forward, Method::Adjoint] {
            let jacobian = engine.jacobian(&problem, &recording, 0, &everything(method))?;
            let of_parameters = jacobian
                .parameters
                .dot(&ndarray::aview1(&direction.parameters));
            let of_inputs = jacobian
                .input_times
                .dot(&ndarray::aview1(&direction.input_times));
            products.push((of_parameters + of_inputs).to_vec());
        }
        // Rows of readouts are in another order than the entries of a tangent.
        let n_spikes = recording.n_spikes();
        let sorted = |values: &[f64]| {
            let mut rest = values[n_spikes..].to_vec();
            rest.sort_by(f64::total_cmp);
            [&values[..n_spikes], &rest].concat()
        };
        let name = format!("seed {seed}, {topology:?}");
        agree(&name, &products[0], &products[1], 1e-10).unwrap_or_else(|e| panic!("{e}"));
        agree(&name, &sorted(&tangent), &sorted(&products[0]), 1e-10)
            .unwrap_or_else(|e| panic!("{e}"));
        // Negative control: another direction of one receptor's time constant.
        direction.parameters[last_tau(&drawn.network)] += 1e-3;
        let wrong = along(&direction)?;
        told_apart += i32::from(agree("", &wrong, &tangent, 1e-10).is_err());
        n += 1;
    }
    assert_eq!(told_apart, n);
    Ok(())
}
