//! Raises the incoming weights of silent neurons.

use crate::gpu::kernel::kernel;

kernel! {
    "raise_silent": ["types", "void_step"];
    /// The parameters of `shaders/raise_silent.wgsl`.
    RaiseSilentParameters {
        n_values: u32,
        n_weights: u32,
        amount: f32,
        has_directions: u32,
    }
}
