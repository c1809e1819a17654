//! Carries the sensitivities of a sequential stage through a window.

use crate::gpu::kernel::kernel;
use crate::gpu::layout::{STAGE_POPULATIONS, StagePopulation};

kernel! {
    "sensitivity_sequential": [
        "types", "arrival", "counters", "reached", "spike_of", "jump", "slope", "first_arrival",
        "exponentials", "propagate", "hold", "column", "tile", "tile_state", "own_places",
        "own_column", "carry", "carry_spikes", "windows"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/sensitivity_sequential.wgsl`.
    SensitivitySequentialParameters {
        populations: [StagePopulation; STAGE_POPULATIONS as usize],
        n_populations: u32,
        window: u32,
        most_events: u32,
        n_met: u32,
        first_column: u32,
        n_columns: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
