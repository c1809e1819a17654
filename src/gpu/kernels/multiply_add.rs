//! The ceiling of arithmetic.

use crate::gpu::kernel::kernel;

kernel! {
    "multiply_add": ["types"];
    /// The parameters of `shaders/multiply_add.wgsl`.
    MultiplyAddParameters {
        n_numbers: u32,
        n_turns: u32,
        factor: f32,
    }
}
