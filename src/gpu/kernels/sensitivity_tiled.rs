//! Carries the sensitivities of a parallel stage whose neurons share what happens between arrivals, a block at a time.

use crate::gpu::kernel::kernel;

/// Neurons and columns of a block; `shaders/block.wgsl` has the same.
pub const BLOCK_NEURONS: u32 = 32;
/// See [`BLOCK_NEURONS`].
pub const BLOCK_COLUMNS: u32 = 128;
/// Invocations of a workgroup, of which each has so many columns; see [`BLOCK_NEURONS`].
pub const BLOCK_LANES: u32 = 128;
/// See [`BLOCK_LANES`].
pub const COLUMNS_OF_LANE: u32 = 4;

kernel! {
    "sensitivity_tiled": [
        "types", "arrival", "counters", "reached", "spike_of", "jump", "slope", "first_arrival",
        "exponentials", "currents_one", "flow", "hold", "column", "tile", "tile_state",
        "own_places", "own_column", "intervals", "frames", "block", "block_columns",
        "block_batch", "block_events"
    ];
    /// The parameters of `shaders/sensitivity_tiled.wgsl`.
    SensitivityTiledParameters {
        window: u32,
        first_unit: u32,
        population_size: u32,
        first_column: u32,
        first_in_tile: u32,
        end_in_tile: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
