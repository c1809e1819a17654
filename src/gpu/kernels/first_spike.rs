//! The first-spike cross-entropy and its derivatives.

use crate::gpu::kernel::kernel;

kernel! {
    "first_spike": ["types", "state"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/first_spike.wgsl`.
    FirstSpikeParameters {
        first_unit: u32,
        population_size: u32,
        first_sample: u32,
        n_samples: u32,
        time_scale: f32,
        early_strength: f32,
        early_time_scale: f32,
        leaves_silent_out: u32,
        duration: f32,
    }
}
