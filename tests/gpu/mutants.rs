//! Engines whose shaders have one thing wrong: what a comparison must tell.

use spikefront::gpu::{GpuEngine, GpuOptions};

use crate::device::{gpu_with, webgpu};

/// One with a piece of the shaders replaced by another.
pub fn mutated(right: &str, wrong: &str) -> Option<GpuEngine> {
    mutated_with(&webgpu(), right, wrong)
}

/// As [`mutated`], with options.
pub fn mutated_with(options: &GpuOptions, right: &str, wrong: &str) -> Option<GpuEngine> {
    let engine = gpu_with(options)?;
    assert!(engine.mutate(right, wrong) > 0, "no kernel has {right:?}");
    Some(engine)
}
