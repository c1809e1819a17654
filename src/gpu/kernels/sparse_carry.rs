//! Carries derivatives of the states of a large network's neurons through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_carry": [
        "types", "sparse_types", "philox", "sparse_interval", "jump", "sparse_flow",
        "sparse_population", "sparse_poisson"
    ];
    /// The parameters of `shaders/sparse_carry.wgsl`.
    SparseCarryParameters {
        window: u32,
        window_length: f32,
        n_neurons: u32,
        n_populations: u32,
        n_receptors: u32,
        first_window: u32,
        first_column: u32,
        n_columns: u32,
        capacity: u32,
        rows_read: u32,
        rows_written: u32,
        is_last: u32,
        zero: u32,
    }
}
