//! Derivatives along a direction on the GPU, against the CPU engine.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::CpuEngine;
use spikefront::{Direction, Engine, GradientOptions, Problem, Result};

use crate::common::draw_with_receptors;
use crate::device::gpu;

const NETWORKS: u64 = 60;

fn direction(problem: &Problem<'_>, seed: u64) -> Direction {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xd1ec);
    let mut random = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
    Direction {
        parameters: random(problem.network.layout().len()),
        input_times: random(problem.inputs.n_spikes()),
    }
}

/// The errors of all entries against the largest of their kind, ascending.
fn errors(found: &[Vec<f64>], exact: &[Vec<f64>]) -> Vec<f64> {
    let mut errors = Vec::new();
    for (found, exact) in found.iter().zip(exact) {
        let largest = exact.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
        let pairs = found.iter().zip(exact);
        errors.extend(pairs.map(|(x, y)| (x - y).abs() / largest));
    }
    errors.sort_by(f64::total_cmp);
    errors
}

#[test]
fn it_agrees_with_the_cpu_engine() -> Result<()> {
    agrees(|_| 1)
}

#[test]
fn it_agrees_with_several_receptors_too() -> Result<()> {
    agrees(|seed| 2 + seed as usize % 3)
}

/// Networks of so many receptors each.
fn agrees(receptors: impl Fn(u64) -> usize) -> Result<()> {
    let Some(engine) = gpu() else {
        return Ok(());
    };
    let (mut all, mut controls, mut left_out) = (Vec::new(), Vec::new(), 0);
    for seed in 0..NETWORKS {
        let mut drawn = draw_with_receptors(seed, receptors(seed))?;
        drawn.options.record_maxima = true;
        // More samples than one: each slot has input times of its own.
        drawn.inputs = drawn.inputs.select(&[0, 1, 0]);
        let problem = drawn.problem();
        let recording = engine.simulate(&problem)?;
        // What single precision makes of a nearly grazing spike is not compared.
        if recording.slopes().iter().any(|&slope| slope < 3e-3) {
            left_out += 1;
            continue;
        }
        let direction = direction(&problem, seed);
        let options = GradientOptions::default();
        let columns = |engine: &dyn Engine, direction: &Direction| -> Result<Vec<Vec<f64>>> {
            let tangent = engine.jvp(&problem, &recording, direction, &options)?;
            Ok([
                vec![tangent.spike_times],
                tangent.voltages,
                tangent.integrals,
                tangent.maxima,
            ]
            .concat())
        };
        let exact = columns(&CpuEngine::new(), &direction)?;
        all.extend(errors(&columns(&engine, &direction)?, &exact));
        // Negative control: without the input times.
        let other = Direction {
            input_times: Vec::new(),
            ..direction
        };
        controls.extend(errors(&columns(&engine, &other)?, &exact));
    }
    let at = |errors: &mut Vec<f64>, share: f64| {
        errors.sort_by(f64::total_cmp);
        errors[(share * (errors.len() - 1) as f64) as usize]
    };
    println!(
        "{} entries: median {:e}, 99.9th percentile {:e}; {left_out} networks with grazing spikes left out",
        all.len(),
        at(&mut all, 0.5),
        at(&mut all, 0.999),
    );
    assert!(all.len() > 1_000 && left_out < NETWORKS as usize / 3);
    assert!(at(&mut all, 0.5) < 1e-5 && at(&mut all, 0.999) < 1e-3);
    // It passes neither bar.
    let control = [at(&mut controls, 0.5), at(&mut controls, 0.999)];
    assert!(control[0] > 1e-5 && control[1] > 1e-3, "{control:?}");
    Ok(())
}
