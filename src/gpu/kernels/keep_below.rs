//! Puts initial potentials back below thresholds.

use crate::gpu::kernel::kernel;

kernel! {
    "keep_below": ["types", "void_step"];
    /// The parameters of `shaders/keep_below.wgsl`.
    KeepBelowParameters {
        first: u32,
        n: u32,
        first_threshold: u32,
        n_thresholds: u32,
        first_limit: u32,
    }
}
