//! A thousand random networks on both engines.

use spikefront::cpu::CpuEngine;
use spikefront::event::Recording;
use spikefront::gpu::GpuEngine;
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::common::{cotangent, draw};
use crate::device::gpu;
use crate::mutants::mutated;

const NETWORKS: u64 = 1000;
/// Networks that a mutated kernel is tried on.
const CONTROLS: u64 = 40;
/// Two spikes of a sample closer than this, in ms, may change places in single precision.
const GAP: f64 = 2e-5;
/// A spike slower than this, in 1/ms, may appear or vanish.
const SLOPE: f64 = 1e-3;

/// Whether the reference itself was near to something else than it did.
pub fn is_below_resolution(reference: &Recording) -> bool {
    let is_slow = reference.slopes().iter().any(|&slope| slope < SLOPE);
    let has_tie = (0..reference.n_samples()).any(|sample| {
        let times = &reference.times()[reference.range(sample)];
        times.windows(2).any(|pair| pair[1] - pair[0] < GAP)
    });
    is_slow || has_tie
}

/// Differences relative to the largest entry of the reference.
pub fn differences(reference: &[f64], found: &[f64], into: &mut Vec<f64>) {
    let largest = reference.iter().fold(1e-12_f64, |m, v| m.max(v.abs()));
    into.extend(
        reference
            .iter()
            .zip(found)
            .map(|(x, y)| (x - y).abs() / largest),
    );
}

pub struct Quantiles {
    pub median: f64,
    pub most: f64,
}

pub fn quantiles(mut values: Vec<f64>) -> Quantiles {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    Quantiles {
        median: at(0.5),
        most: at(0.999),
    }
}

pub fn is_green(quantiles: &Quantiles) -> bool {
    quantiles.median <= 1e-5 && quantiles.most <= 1e-3
}

/// What of a network is compared.
enum Compared {
    /// It fired in the same order, so many spikes; the entries of its gradient are so far apart.
    Same(usize, Vec<f64>),
    /// It fired otherwise, the reference near to something else than it did.
    BelowResolution,
    /// It fired otherwise.
    Otherwise,
}

fn compare(gpu: &GpuEngine, cpu: &CpuEngine, seed: u64, method: Method) -> Result<Compared> {
    let drawn = draw(seed)?;
    let problem = drawn.problem();
    let (on_cpu, on_gpu) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
    if on_cpu.neurons() != on_gpu.neurons() {
        return Ok(match is_below_resolution(&on_cpu) {
            true => Compared::BelowResolution,
            false => Compared::Otherwise,
        });
    }
    let cotangent = cotangent(&on_cpu, seed);
    let options = GradientOptions::everything(method);
    let reference = cpu.gradient(&problem, &on_cpu, &cotangent, &options)?;
    let found = gpu.gradient(&problem, &on_gpu, &cotangent, &options)?;
    let mut errors = Vec::new();
    differences(&reference.parameters, &found.parameters, &mut errors);
    differences(&reference.input_times, &found.input_times, &mut errors);
    Ok(Compared::Same(on_cpu.n_spikes(), errors))
}

#[test]
fn a_thousand_random_networks_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    let (mut n_unresolved, mut n_spikes) = (0, 0);
    // Forward propagation on a software driver is slow: a tenth of the networks.
    for (method, stride) in [(Method::Adjoint, 1), (Method::Forward, 10)] {
        let mut errors = Vec::new();
        for seed in (0..NETWORKS).step_by(stride) {
            match compare(&gpu, &cpu, seed, method)? {
                Compared::Same(n, found) => {
                    n_spikes += n;
                    errors.extend(found);
                }
                Compared::BelowResolution => n_unresolved += 1,
                Compared::Otherwise => panic!("network {seed} fired otherwise"),
            }
        }
        let n = errors.len();
        let found = quantiles(errors);
        println!(
            "{method}: {n} entries, median {:.1e}, 99.9th percentile {:.1e}",
            found.median, found.most
        );
        assert!(is_green(&found), "{method}");
    }
    println!("{n_spikes} spikes in the same order, {n_unresolved} runs below resolution left out");
    assert!((n_unresolved as f64) < 0.005 * NETWORKS as f64);
    Ok(())
}

#[test]
fn kernels_with_one_thing_wrong_do_not_agree() -> Result<()> {
    let cpu = CpuEngine::new();
    for (method, right, wrong) in [
        (Method::Adjoint, "adjoint.y - adjoint.x", "adjoint.y"),
        (Method::Adjoint, "ell + jump.by_time * potential", "ell"),
        (
            Method::Adjoint,
            "jump.by_threshold * potential + kick",
            "kick",
        ),
        (
            Method::Adjoint,
            "if (projection_of(arrivals[first + k]) == parameters.projection)",
            "if (true)",
        ),
        (Method::Forward, "state.x - moved", "state.x"),
        (Method::Forward, "+ jump.by_threshold * is_threshold)", ")"),
        (Method::Forward, "release_derivative(slope) *", "0.0 *"),
        // In a simulation: resets to elsewhere, and holds that end early.
        (
            Method::Adjoint,
            "threshold - amount",
            "0.9 * (threshold - amount)",
        ),
        (
            Method::Adjoint,
            "state.release = state.time + neuron.refractory",
            "state.release = state.time + 0.9 * neuron.refractory",
        ),
    ] {
        let Some(gpu) = mutated(right, wrong) else {
            return Ok(());
        };
        let (mut errors, mut n_otherwise) = (Vec::new(), 0);
        for seed in 0..CONTROLS {
            match compare(&gpu, &cpu, seed, method)? {
                Compared::Same(_, found) => errors.extend(found),
                Compared::BelowResolution => {}
                Compared::Otherwise => n_otherwise += 1,
            }
        }
        let is_told = n_otherwise > 0 || !is_green(&quantiles(errors));
        println!("{wrong:?} for {right:?}: told {is_told}, {n_otherwise} fired otherwise");
        assert!(is_told, "{wrong:?} passes for {right:?}");
    }
    Ok(())
}
