//! What ways of carrying sensitivities are held to: one another's gradients and the CPU's, and the same bits in tiles of any width.

use spikefront::cpu::CpuEngine;
use spikefront::gpu::GpuEngine;
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::agreement::{Quantiles, differences, is_green, quantiles};
use crate::common::{Drawn, cotangent};
use crate::mutants::mutated;

/// Network number so and so.
pub type Networks = fn(u64) -> Result<Drawn>;

/// The entries of a network's gradient, with respect to everything, by engines that got one recording, each relative to the
/// largest of its kind in the second.
fn compare(
    found: &GpuEngine,
    reference: &dyn Engine,
    drawn: &Drawn,
    seed: u64,
) -> Result<Vec<f64>> {
    let problem = drawn.problem();
    let recording = reference.simulate(&problem)?;
    let cotangent = cotangent(&recording, seed);
    let options = GradientOptions::everything(Method::Forward).and_neurons();
    let of = |engine: &dyn Engine| engine.gradient(&problem, &recording, &cotangent, &options);
    let (x, y) = (of(reference)?, of(found)?);
    let mut errors = Vec::new();
    for tensor in drawn.network.layout().tensors() {
        let range = tensor.range.clone();
        differences(
            &x.parameters[range.clone()],
            &y.parameters[range],
            &mut errors,
        );
    }
    differences(&x.input_times, &y.input_times, &mut errors);
    Ok(errors)
}

/// Of the first `n` networks.
pub fn all(
    found: &GpuEngine,
    reference: &dyn Engine,
    networks: Networks,
    n: u64,
) -> Result<Quantiles> {
    let mut errors = Vec::new();
    for seed in 0..n {
        errors.extend(compare(found, reference, &networks(seed)?, seed)?);
    }
    Ok(quantiles(errors))
}

pub fn assert_green(found: &[(&str, Quantiles)]) {
    for (what, found) in found {
        println!(
            "{what}: median {:.1e}, 99.9th percentile {:.1e}",
            found.median, found.most
        );
        assert!(is_green(found), "{what}");
    }
}

/// Each of these mutants, `set` to carry as is meant, is told from the CPU by the first `n` networks; without a device nothing is.
pub fn assert_told(mutants: &[(&str, &str)], set: fn(&GpuEngine), networks: Networks, n: u64) {
    let cpu = CpuEngine::new();
    let mut passed = Vec::new();
    for &(right, wrong) in mutants {
        let Some(wronged) = mutated(right, wrong) else {
            return;
        };
        set(&wronged);
        let found = all(&wronged, &cpu, networks, n);
        // One that cannot be run is told as well.
        let is_told = !found.as_ref().is_ok_and(is_green);
        println!(
            "{wrong:?} for {right:?}: {:?}",
            found.map(|found| (found.median, found.most))
        );
        if !is_told {
            passed.push((right, wrong));
        }
    }
    assert!(passed.is_empty(), "these pass: {passed:?}");
}

/// The widths of all columns, and of tiles in room for so many shares of them: each gives the same bits, and so do two runs. One column takes
/// a few kB.
pub fn widths_of_the_same_bits(
    gpu: &GpuEngine,
    drawn: &Drawn,
    seed: u64,
    shares: impl Fn(usize) -> [usize; 3],
) -> Result<Vec<usize>> {
    let problem = drawn.problem();
    let recording = gpu.simulate(&problem)?;
    let cotangent = cotangent(&recording, seed);
    let gradient = |memory: usize| {
        let options = GradientOptions::everything(Method::Forward)
            .and_neurons()
            .tile_memory(memory);
        let gradient = gpu.gradient(&problem, &recording, &cotangent, &options)?;
        Ok::<_, spikefront::Error>((gradient, gpu.statistics().tile_width))
    };
    let (all, n_columns) = gradient(usize::MAX)?;
    let (again, _) = gradient(usize::MAX)?;
    assert_eq!(all, again, "{seed}: two runs");
    let mut widths = vec![n_columns];
    for share in shares(n_columns) {
        let (found, width) = gradient(n_columns * 2000 / share)?;
        assert!(found == all, "{seed}: a width of {width}");
        widths.push(width);
    }
    Ok(widths)
}
