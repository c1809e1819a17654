//! Takes the neurons of a large network back through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_adjoint": [
        "types", "sparse_types", "jump", "sparse_flow", "sparse_population", "sparse_adjoints"
    ];
    /// The parameters of `shaders/sparse_adjoint.wgsl`.
    SparseAdjointParameters {
        window: u32,
        window_length: f32,
        n_neurons: u32,
        n_populations: u32,
        n_receptors: u32,
        n_generated: u32,
        ring: u32,
        first_window: u32,
        n_shares: u32,
        is_last: u32,
        zero: u32,
    }
}
