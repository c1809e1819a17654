//! Brings packed recorded spikes to their places.

use crate::gpu::kernel::kernel;

kernel! {
    "spread_spikes": ["types", "state", "windows", "window_of", "packed"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/spread_spikes.wgsl`.
    SpreadSpikesParameters {
        first_unit: u32,
        source: u32,
        source_base: u32,
    }
}
