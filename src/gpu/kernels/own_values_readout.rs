//! Carries derivatives of what a readout shows by its neurons' own values through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "own_values_readout": [
        "types", "arrival", "counters", "reached", "jump", "first_arrival", "exponentials",
        "maximum", "tile", "tile_state", "own_places", "own_flow"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/own_values_readout.wgsl`.
    OwnValuesReadoutParameters {
        window: u32,
        window_end: f32,
        is_run_start: u32,
        first_unit: u32,
        population_size: u32,
        readout: u32,
        first_requested: u32,
        end_requested: u32,
        duration: f32,
        tile_width: u32,
    }
}
