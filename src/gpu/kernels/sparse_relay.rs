//! Puts what the spikes of a pass cause in their own window into the queues of a large network's neurons.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_relay": [
        "types", "sparse_types", "sparse_delay", "sparse_source", "sparse_reached", "sparse_append"
    ];
    /// The parameters of `shaders/sparse_relay.wgsl`.
    SparseRelayParameters {
        window: u32,
        place: u32,
        window_length: f32,
        pass_number: u32,
        first_tried: u32,
        tried_capacity: u32,
        queue_capacity: u32,
        first_source: u32,
        n_sources: u32,
        most_pieces: u32,
        delay_shift: u32,
        delay_unit: f32,
    }
}
