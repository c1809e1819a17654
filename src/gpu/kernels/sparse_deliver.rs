//! Puts what arrives in a window into the queues of a large network's neurons.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_deliver": [
        "types", "sparse_types", "sparse_delay", "sparse_source", "sparse_reached", "sparse_append"
    ];
    /// The parameters of `shaders/sparse_deliver.wgsl`.
    SparseDeliverParameters {
        window: u32,
        place: u32,
        window_length: f32,
        reach: u32,
        reach_of_generated: u32,
        first_generated: u32,
        first_listed: u32,
        n_recent: u32,
        queue_capacity: u32,
        first_source: u32,
        n_sources: u32,
        has_more: u32,
        most_pieces: u32,
        delay_shift: u32,
        delay_unit: f32,
    }
}
