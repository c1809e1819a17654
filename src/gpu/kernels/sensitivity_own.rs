//! Carries the sensitivities of a parallel stage to columns that move one of its neurons or none.

use crate::gpu::kernel::kernel;

/// Spikes that an invocation sets to zero at most; `shaders/sensitivity_own.wgsl` has the same.
pub const OTHERS: u32 = 64;

kernel! {
    "sensitivity_own": [
        "types", "arrival", "counters", "reached", "spike_of", "jump", "slope", "first_arrival",
        "exponentials", "propagate", "hold", "column", "tile", "tile_state", "own_places",
        "own_column", "state", "carry", "carry_spikes"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/sensitivity_own.wgsl`.
    SensitivityOwnParameters {
        window: u32,
        first_unit: u32,
        population_size: u32,
        first_place: u32,
        end_place: u32,
        first_column: u32,
        first_in_tile: u32,
        n_columns: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
