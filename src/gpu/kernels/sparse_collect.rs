//! Collects what the arrivals of spikes of a large network found on the way back.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_collect": [
        "types", "sparse_types", "sparse_delay", "sparse_source", "exponentials", "currents_one", "flow", "propagate", "jump",
        "sparse_adjoints"
    ];
    /// The parameters of `shaders/sparse_collect.wgsl`.
    SparseCollectParameters {
        window: u32,
        window_length: f32,
        n_windows: u32,
        n_neurons: u32,
        n_receptors: u32,
        ring: u32,
        first_window: u32,
        first_item: u32,
        n_items: u32,
        first_source: u32,
        n_sources: u32,
        delay_shift: u32,
        delay_unit: f32,
        is_first: u32,
        is_last: u32,
    }
}
