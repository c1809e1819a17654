//! Sets the sensitivities of a population to a range of a tile's columns to zero.

use crate::gpu::kernel::kernel;

kernel! {
    "sensitivity_start": [
        "types", "counters", "reached", "windows", "product", "state", "tile", "tile_state"
    ];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/sensitivity_start.wgsl`.
    SensitivityStartParameters {
        first_unit: u32,
        source: u32,
        most_spikes: u32,
        first_in_tile: u32,
        n_columns: u32,
        tile_width: u32,
    }
}
