//! Carries the sensitivities of a population without threshold through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "sensitivity_readout": [
        "types", "arrival", "counters", "reached", "spike_of", "jump", "first_arrival",
        "exponentials", "propagate", "column", "tile", "tile_state", "own_places", "own_column",
        "carry", "maximum"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/sensitivity_readout.wgsl`.
    SensitivityReadoutParameters {
        window: u32,
        window_end: f32,
        first_unit: u32,
        readout: u32,
        first_requested: u32,
        end_requested: u32,
        first_column: u32,
        n_columns: u32,
        tile_width: u32,
    }
}
