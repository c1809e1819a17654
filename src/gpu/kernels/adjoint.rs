//! Takes a parallel stage backward through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "adjoint": [
        "types", "arrival", "counters", "jump", "slope", "exponentials", "propagate", "hold",
        "lanes", "own_events", "origins", "arrival_back", "sweep"
    ];
    one ["currents_one", "flow", "intervals", "back_between"],
    several ["currents_several", "flow_several", "back_between_several"];
    /// The parameters of `shaders/adjoint.wgsl`.
    AdjointParameters {
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        most_events: u32,
        first_unit: u32,
        population_size: u32,
        has_own_lists: u32,
        needs_arrival_times: u32,
        needs_delays: u32,
        slope_floor: f32,
        has_intervals: u32,
    }
}
