//! Sets the sensitivities of a tile of columns to zero.

use crate::gpu::kernel::kernel;

kernel! {
    "sensitivity_start": ["types", "tile", "tile_state"];
    /// The parameters of `shaders/sensitivity_start.wgsl`.
    SensitivityStartParameters {
        n_columns: u32,
        tile_width: u32,
    }
}
