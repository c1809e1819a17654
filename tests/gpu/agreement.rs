//! A thousand random networks on both engines.

use spikefront::cpu::CpuEngine;
use spikefront::event::Recording;
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::common::{cotangent, draw};
use crate::device::gpu;

const NETWORKS: u64 = 1000;
/// Two spikes of a sample closer than this, in ms, may change places in single precision.
const GAP: f64 = 2e-5;
/// A spike slower than this, in 1/ms, may appear or vanish.
const SLOPE: f64 = 1e-3;

/// Whether the reference itself was near to something else than it did.
fn is_below_resolution(reference: &Recording) -> bool {
    let is_slow = reference.slopes().iter().any(|&slope| slope < SLOPE);
    let has_tie = (0..reference.n_samples()).any(|sample| {
        let times = &reference.times()[reference.range(sample)];
        times.windows(2).any(|pair| pair[1] - pair[0] < GAP)
    });
    is_slow || has_tie
}

/// Differences relative to the largest entry of the reference.
fn differences(reference: &[f64], found: &[f64], into: &mut Vec<f64>) {
    let largest = reference.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
    into.extend(
        reference
            .iter()
            .zip(found)
            .map(|(x, y)| (x - y).abs() / largest),
    );
}

struct Quantiles {
    median: f64,
    most: f64,
}

fn quantiles(mut values: Vec<f64>) -> Quantiles {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    Quantiles {
        median: at(0.5),
        most: at(0.999),
    }
}

fn is_green(quantiles: &Quantiles) -> bool {
    quantiles.median <= 1e-5 && quantiles.most <= 1e-3
}

#[test]
fn a_thousand_random_networks_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let (mut n_unresolved, mut n_spikes) = (0, 0);
    let mut errors = [Vec::new(), Vec::new()];
    let mut controls = Vec::new();
    for seed in 0..NETWORKS {
        let drawn = draw(seed)?;
        let problem = drawn.problem();
        let (on_cpu, on_gpu) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
        if on_cpu.neurons() != on_gpu.neurons() {
            assert!(
                is_below_resolution(&on_cpu),
                "network {seed} fired otherwise"
            );
            n_unresolved += 1;
            continue;
        }
        n_spikes += on_cpu.n_spikes();
        let cotangent = cotangent(&on_cpu, seed);
        // Forward propagation on a software driver is slow: a tenth of the networks.
        for (ix, method) in [Method::Adjoint, Method::Forward].into_iter().enumerate() {
            if method == Method::Forward && !seed.is_multiple_of(10) {
                continue;
            }
            let options = GradientOptions::everything(method);
            let reference = cpu.gradient(&problem, &on_cpu, &cotangent, &options)?;
            let found = gpu.gradient(&problem, &on_gpu, &cotangent, &options)?;
            differences(&reference.parameters, &found.parameters, &mut errors[ix]);
            differences(&reference.input_times, &found.input_times, &mut errors[ix]);
            // Negative control: the same figures with every entry off by a thousandth part of itself and a bit.
            let wrong: Vec<f64> = found
                .parameters
                .iter()
                .map(|value| value * 1.002 + 1e-3)
                .collect();
            differences(&reference.parameters, &wrong, &mut controls);
        }
    }
    println!(
        "{n_spikes} spikes in the same order, {n_unresolved} networks below resolution left out"
    );
    assert!((n_unresolved as f64) < 0.005 * NETWORKS as f64);
    for (errors, method) in errors.into_iter().zip(["adjoint", "forward"]) {
        let n = errors.len();
        let found = quantiles(errors);
        println!(
            "{method}: {n} entries, median {:.1e}, 99.9th percentile {:.1e}",
            found.median, found.most
        );
        assert!(is_green(&found), "{method}");
    }
    assert!(!is_green(&quantiles(controls)));
    Ok(())
}
