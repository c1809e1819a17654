//! Takes a population without threshold backward through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "adjoint_readout": [
        "types", "arrival", "counters", "jump", "first_arrival", "exponentials", "propagate",
        "lanes", "maximum", "origins", "arrival_back", "sweep"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/adjoint_readout.wgsl`.
    AdjointReadoutParameters {
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        most_events: u32,
        first_unit: u32,
        population_size: u32,
        readout: u32,
        first_requested: u32,
        end_requested: u32,
        has_own_lists: u32,
        needs_arrival_times: u32,
        needs_delays: u32,
    }
}
