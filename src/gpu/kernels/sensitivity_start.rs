//! Sets the sensitivities of a tile of columns to zero.

use crate::gpu::kernel::kernel;

kernel! {
    "sensitivity_start": ["types", "state", "tile", "tile_state"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/sensitivity_start.wgsl`.
    SensitivityStartParameters {
        n_columns: u32,
        tile_width: u32,
    }
}
