//! Takes a sequential stage through a window, event by event.

use crate::gpu::kernel::kernel;
use crate::gpu::layout::{STAGE_POPULATIONS, StagePopulation};

kernel! {
    "advance_sequential": [
        "types", "bracket", "state", "arrival", "counters", "jump", "slope", "void", "exponentials", "moments",
        "propagate", "windows", "spent", "projections", "synapses", "instant", "stage_neurons"
    ];
    one ["currents_one", "flow", "crossing"],
    several ["currents_several", "flow_several", "course", "extrema", "crossing_several"];
    /// The parameters of `shaders/advance_sequential.wgsl`.
    AdvanceSequentialParameters {
        populations: [StagePopulation; STAGE_POPULATIONS as usize],
        n_populations: u32,
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        is_last_pass: u32,
        is_run_start: u32,
        most_events: u32,
        slope_floor: f32,
        spike_budget: u32,
    }
}
