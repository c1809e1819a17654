//! What WebGPU's default limits change: how much is computed at once, and no bit. All tests of this folder open their
//! engines with them; here one that may use all that the adapter offers stands beside.

use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::{Engine, Method, Result};

use crate::bits::{SEEDS, drawn, gradient};
use crate::device::{gpu, gpu_with, webgpu};
use crate::mutants::mutated_with;

/// What an engine of the adapter's limits finds otherwise than one of the default limits.
fn difference(whole: &GpuEngine) -> Result<Option<String>> {
    let Some(small) = gpu() else {
        return Ok(None);
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            let tiles = usize::MAX;
            if gradient(&small, &drawn, method, tiles)? != gradient(whole, &drawn, method, tiles)? {
                return Ok(Some(format!("seed {seed:?}, {method:?}")));
            }
        }
    }
    Ok(None)
}

#[test]
fn the_adapters_own_limits_give_the_same_bits() -> Result<()> {
    let Some(whole) = gpu_with(&GpuOptions::default()) else {
        return Ok(());
    };
    assert_eq!(difference(&whole)?, None);
    let wrong = "0.0416";
    let Some(mutant) = mutated_with(&GpuOptions::default(), "0.041666668", wrong) else {
        return Ok(());
    };
    assert!(difference(&mutant)?.is_some(), "a mutant passes");
    Ok(())
}

/// A kernel that wants more than the limits is refused by the device that asked for them: they are in force. What a workgroup
/// takes of memory wgpu does not check; `tests/shaders` does.
#[test]
fn more_invocations_than_the_limit_are_refused() -> Result<()> {
    let (right, wrong) = ("WORKGROUP: u32 = 64u", "WORKGROUP: u32 = 512u");
    let Some(engine) = mutated_with(&webgpu(), right, wrong) else {
        return Ok(());
    };
    let refused = engine.simulate(&drawn((0, 1))?.problem());
    let error = refused.expect_err("no limit was asked for").to_string();
    assert!(error.contains("256"), "{error}");
    Ok(())
}
