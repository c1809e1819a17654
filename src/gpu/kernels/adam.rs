//! One step of Adam.

use crate::gpu::kernel::kernel;

kernel! {
    "adam": ["types", "void_step", "step"];
    /// The parameters of `shaders/adam.wgsl`.
    AdamParameters {
        first: u32,
        n: u32,
        n_values: u32,
        multiple: f32,
        form: u32,
        first_limit: u32,
        learning_rate: f32,
        beta1: f32,
        beta2: f32,
        epsilon: f32,
        mean_correction: f32,
        square_correction: f32,
    }
}
