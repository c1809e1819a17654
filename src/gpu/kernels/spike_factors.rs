//! By how much the potential at each spike of a stage moves with the time of each arrival, in a run of one window.

use crate::gpu::kernel::kernel;

/// Arrivals of an invocation; `shaders/spike_factors.wgsl` has the same.
pub const ARRIVALS_OF_SPIKE: u32 = 16;

kernel! {
    "spike_factors": [
        "types", "counters", "reached", "windows", "product", "spike_of", "jump", "hold",
        "exponentials", "currents_one", "flow"
    ];
    /// The parameters of `shaders/spike_factors.wgsl`.
    SpikeFactorsParameters {
        first_unit: u32,
        source: u32,
        source_base: u32,
        most_spikes: u32,
        capacity: u32,
    }
}
