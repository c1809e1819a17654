//! The gradient as values are stepped, and the parts of its norm.

use crate::gpu::kernel::kernel;

kernel! {
    "gradient_parts": ["types", "norm"];
    /// The parameters of `shaders/gradient_parts.wgsl`.
    GradientPartsParameters {
        first: u32,
        n: u32,
        form: u32,
        first_part: u32,
    }
}
