//! One step of gradient descent with momentum.

use crate::gpu::kernel::kernel;

kernel! {
    "sgd": ["types"];
    /// The parameters of `shaders/sgd.wgsl`.
    SgdParameters {
        n_values: u32,
        learning_rate: f32,
        momentum: f32,
    }
}
