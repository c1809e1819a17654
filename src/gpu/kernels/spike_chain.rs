//! Derivatives of spike times of what arrivals do to the potentials at spikes, in a run of one window.

use crate::gpu::kernel::kernel;

kernel! {
    "spike_chain": [
        "types", "counters", "reached", "windows", "product", "spike_of", "jump", "slope", "hold",
        "currents_one", "state", "tile"
    ];
    /// The parameters of `shaders/spike_chain.wgsl`.
    SpikeChainParameters {
        first_unit: u32,
        source: u32,
        most_spikes: u32,
        first_in_tile: u32,
        n_columns: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
