//! Adds up what the Poisson arrivals of a large network found on the way back.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_draw": [
        "types", "sparse_types", "philox", "sparse_interval", "jump", "sparse_flow",
        "sparse_population", "sparse_poisson", "sparse_adjoints"
    ];
    /// The parameters of `shaders/sparse_draw.wgsl`.
    SparseDrawParameters {
        window: u32,
        n_windows: u32,
        window_length: f32,
        n_neurons: u32,
        n_populations: u32,
        n_receptors: u32,
        ring: u32,
        first_window: u32,
        zero: u32,
    }
}
