//! Puts the arrivals of lists that belong to one neuron each in order.

use crate::gpu::kernel::kernel;

kernel! {
    "sort_lists": ["types", "arrival", "arrival_order", "counters"];
    /// The parameters of `shaders/sort_lists.wgsl`.
    SortListsParameters {
        first_list: u32,
        n_lists: u32,
    }
}
