//! Packs what was fired, for the host.

use crate::gpu::kernel::kernel;

kernel! {
    "pack_spikes": ["types", "windows", "packed"];
    /// The parameters of `shaders/pack_spikes.wgsl`.
    PackSpikesParameters {
        source: u32,
        source_base: u32,
        source_capacity: u32,
    }
}
