//! Adds adjoints of arrival times to those of the spikes that arrived at neurons each of which has a list of its own.

use crate::gpu::kernel::kernel;

kernel! {
    "deliver_synapses": ["types", "arrival", "arrival_order", "counters", "delay", "windows", "projections", "synapses", "candidates", "lanes"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/deliver_synapses.wgsl`.
    DeliverSynapsesParameters {
        window: u32,
        window_end: f32,
        first_list: u32,
        projection: u32,
        first_group: u32,
        share_stride: u32,
    }
}
