//! By how much columns move the potential at each spike of a stage, in a run of one window: a product of matrices.

use crate::gpu::kernel::kernel;

/// Spikes and columns of a block; `shaders/sensitivity_product.wgsl` has the same.
pub const BLOCK_SPIKES: u32 = 32;
/// See [`BLOCK_SPIKES`].
pub const BLOCK_COLUMNS: u32 = 64;

/// Factors that a slot has at most; `shaders/product.wgsl` has the same.
pub const MOST_FACTORS: u32 = 1 << 22;

kernel! {
    "sensitivity_product": [
        "types", "arrival", "counters", "spike_of", "first_arrival", "windows", "product",
        "currents_one", "tile", "block_columns"
    ];
    /// The parameters of `shaders/sensitivity_product.wgsl`.
    SensitivityProductParameters {
        source: u32,
        source_base: u32,
        list: u32,
        most_spikes: u32,
        capacity: u32,
        first_column: u32,
        first_in_tile: u32,
        end_in_tile: u32,
        tile_width: u32,
    }
}
