//! The cross-entropy of what a readout shows and its derivatives.

use crate::gpu::kernel::kernel;

kernel! {
    "readout_cross_entropy": ["types"];
    /// The parameters of `shaders/readout_cross_entropy.wgsl`.
    ReadoutCrossEntropyParameters {
        readout: u32,
        population_size: u32,
        shown: u32,
        scale: f32,
        first_sample: u32,
        n_samples: u32,
    }
}
