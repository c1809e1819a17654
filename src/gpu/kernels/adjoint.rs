//! Takes a parallel stage backward through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "adjoint": [
        "types", "counters", "jump", "slope", "flow", "hold", "lanes", "first_arrival", "intervals",
        "own_events", "origins", "back_between", "arrival_back", "sweep"
    ];
    /// The parameters of `shaders/adjoint.wgsl`.
    AdjointParameters {
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        most_events: u32,
        first_unit: u32,
        population_size: u32,
        first_list: u32,
        is_per_synapse: u32,
        needs_arrival_times: u32,
        needs_delays: u32,
        slope_floor: f32,
        has_intervals: u32,
    }
}
