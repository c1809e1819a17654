//! Carries derivatives of a spiking population's potentials by its neurons' own values through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "own_values": [
        "types", "state", "arrival", "counters", "reached", "spike_of", "jump", "exponentials",
        "hold", "tile", "tile_state", "own_places", "own_flow"
    ];
    one ["currents_one", "flow"], several ["currents_several", "flow_several"];
    /// The parameters of `shaders/own_values.wgsl`.
    OwnValuesParameters {
        window: u32,
        window_end: f32,
        is_run_start: u32,
        first_unit: u32,
        population_size: u32,
        tile_width: u32,
    }
}
