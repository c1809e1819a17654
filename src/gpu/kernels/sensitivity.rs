//! Carries the sensitivities of a parallel stage through a window, or those of a sequential one to its end.

use crate::gpu::kernel::kernel;

kernel! {
    "sensitivity": [
        "types", "arrival", "counters", "reached", "spike_of", "jump", "slope", "first_arrival",
        "exponentials", "propagate", "hold", "column", "tile", "tile_state", "own_places",
        "own_column", "carry", "carry_spikes"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/sensitivity.wgsl`.
    SensitivityParameters {
        window: u32,
        window_end: f32,
        first_unit: u32,
        stage: u32,
        first_column: u32,
        first_in_tile: u32,
        n_columns: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
