//! Puts every sweep at the end of the run.

use crate::gpu::kernel::kernel;

kernel! {
    "adjoint_start": ["types", "lanes"];
    /// The parameters of `shaders/adjoint_start.wgsl`.
    AdjointStartParameters {}
}
