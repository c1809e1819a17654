//! Adds up the gradients of all slots.

use crate::gpu::kernel::kernel;

kernel! {
    "reduce": ["types"];
    /// The parameters of `shaders/reduce.wgsl`.
    ReduceParameters {
        is_first_chunk: u32,
    }
}
