//! Adds up the gradient of a projection's one delay.

use crate::gpu::kernel::kernel;

kernel! {
    "sum_delays": ["types", "projections", "arrival", "counters", "lanes"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/sum_delays.wgsl`.
    SumDelaysParameters {
        first_list: u32,
        n_lists: u32,
        projection: u32,
        first_group: u32,
        share_stride: u32,
    }
}
