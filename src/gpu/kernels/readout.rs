//! Takes a population without threshold through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "readout": ["types", "bracket", "state", "arrival", "counters", "exponentials", "moments", "propagate"];
    one ["currents_one", "flow", "crossing", "highest"],
    several ["currents_several", "flow_several", "course", "extrema", "highest_several"];
    /// The parameters of `shaders/readout.wgsl`.
    ReadoutParameters {
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        is_last_pass: u32,
        is_run_start: u32,
        most_events: u32,
        first_unit: u32,
        population_size: u32,
        readout: u32,
        first_requested: u32,
        end_requested: u32,
        duration: f32,
    }
}
