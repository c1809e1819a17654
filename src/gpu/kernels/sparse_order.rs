//! Lists the spikes of a large network's window in order.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_order": ["types", "sparse_types"];
    /// The parameters of `shaders/sparse_order.wgsl`.
    SparseOrderParameters {
        place: u32,
        reach: u32,
        fired_capacity: u32,
        first_listed: u32,
        listed_capacity: u32,
    }
}
