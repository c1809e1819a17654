//! Empties the lists of a population each of whose neurons has its own.

use crate::gpu::kernel::kernel;

kernel! {
    "clear_lists": ["types", "counters"];
    /// The parameters of `shaders/clear_lists.wgsl`.
    ClearListsParameters {
        first_list: u32,
        n_lists: u32,
    }
}
