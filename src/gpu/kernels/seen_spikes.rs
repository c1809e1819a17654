//! Packs the spikes that a loss on the host looks at.

use crate::gpu::kernel::kernel;

kernel! {
    "seen_spikes": ["types", "windows"];
    /// The parameters of `shaders/seen_spikes.wgsl`.
    SeenSpikesParameters {
        source: u32,
        source_base: u32,
        source_capacity: u32,
        first: u32,
        stride: u32,
    }
}
