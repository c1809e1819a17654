//! Puts the arrivals of neurons of a large network in order.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_meet": [
        "types", "sparse_types", "philox", "sparse_interval", "sparse_population", "sparse_poisson"
    ];
    /// The parameters of `shaders/sparse_meet.wgsl`.
    SparseMeetParameters {
        window: u32,
        window_length: f32,
        n_neurons: u32,
        n_populations: u32,
        capacity: u32,
    }
}
