//! Adds adjoints of arrival times to those of the spikes that arrived.

use crate::gpu::kernel::kernel;

kernel! {
    "deliver": ["types", "projections", "arrival", "counters", "lanes"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/deliver.wgsl`.
    DeliverParameters {
        window: u32,
        list: u32,
        projection: u32,
        first_group: u32,
        n_shares: u32,
        share_stride: u32,
    }
}
