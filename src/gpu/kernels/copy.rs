//! The ceiling of memory.

use crate::gpu::kernel::kernel;

kernel! {
    "copy": ["types"];
    /// The parameters of `shaders/copy.wgsl`.
    CopyParameters {
        n_numbers: u32,
    }
}
