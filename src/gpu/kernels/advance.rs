//! Takes the neurons of a parallel stage through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "advance": [
        "types", "bracket", "state", "arrival", "counters", "jump", "slope", "void", "exponentials", "moments",
        "propagate"
    ];
    one ["currents_one", "flow", "crossing", "intervals", "loaded_weights", "below"],
    several [
        "currents_several", "flow_several", "course", "extrema", "crossing_several", "below_several"
    ];
    /// The parameters of `shaders/advance.wgsl`.
    AdvanceParameters {
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        is_last_pass: u32,
        is_run_start: u32,
        most_events: u32,
        first_unit: u32,
        population_size: u32,
        slope_floor: f32,
        spike_budget: u32,
        has_intervals: u32,
    }
}
