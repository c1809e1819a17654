//! Puts the spikes of a window in order.

use crate::gpu::kernel::kernel;

kernel! {
    "order": ["types", "state", "counters", "windows", "spent"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/order.wgsl`.
    OrderParameters {
        window: u32,
        first_unit: u32,
        source: u32,
        source_base: u32,
        source_capacity: u32,
        spike_budget: u32,
    }
}
