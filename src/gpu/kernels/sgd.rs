//! One step of gradient descent with momentum.

use crate::gpu::kernel::kernel;

kernel! {
    "sgd": ["types", "void_step", "step"];
    /// The parameters of `shaders/sgd.wgsl`.
    SgdParameters {
        first: u32,
        n: u32,
        n_values: u32,
        multiple: f32,
        form: u32,
        first_limit: u32,
        learning_rate: f32,
        momentum: f32,
    }
}
