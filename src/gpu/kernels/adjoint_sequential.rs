//! Takes a sequential stage backward through a window.

use crate::gpu::kernel::kernel;
use crate::gpu::layout::{STAGE_POPULATIONS, StagePopulation};

kernel! {
    "adjoint_sequential": [
        "types", "arrival", "counters", "jump", "slope", "exponentials", "propagate", "hold",
        "lanes", "own_events", "windows", "stage_neurons", "arrival_back"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/adjoint_sequential.wgsl`.
    AdjointSequentialParameters {
        populations: [StagePopulation; STAGE_POPULATIONS as usize],
        n_populations: u32,
        window: u32,
        window_end: f32,
        is_first_pass: u32,
        is_last_pass: u32,
        most_events: u32,
        share_stride: u32,
        needs_delays: u32,
        slope_floor: f32,
    }
}
