//! Puts every sweep at the end of the run.

use crate::gpu::kernel::kernel;

kernel! {
    "adjoint_start": ["types", "state", "lanes"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/adjoint_start.wgsl`.
    AdjointStartParameters {}
}
