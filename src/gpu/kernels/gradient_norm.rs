//! The norm of a gradient from its parts.

use crate::gpu::kernel::kernel;

kernel! {
    "gradient_norm": ["types", "norm"];
    /// The parameters of `shaders/gradient_norm.wgsl`.
    GradientNormParameters {
        n_parts: u32,
        most: f32,
    }
}
