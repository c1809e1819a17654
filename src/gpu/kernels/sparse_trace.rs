//! Notes what arrives in a window again, and where it comes from.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_trace": [
        "types", "sparse_types", "sparse_delay", "sparse_source", "sparse_reached"
    ];
    /// The parameters of `shaders/sparse_trace.wgsl`.
    SparseTraceParameters {
        window: u32,
        window_length: f32,
        first_window: u32,
        reach: u32,
        capacity: u32,
        first_source: u32,
        n_sources: u32,
        most_pieces: u32,
        first_synapse: u32,
        delay_shift: u32,
        delay_unit: f32,
    }
}
