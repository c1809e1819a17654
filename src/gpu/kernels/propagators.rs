//! Computes the flow over each interval between arrivals, once for a population whose neurons share it.

use crate::gpu::kernel::kernel;

kernel! {
    "propagators": [
        "types", "counters", "exponentials", "currents_one", "flow", "intervals", "frames"
    ];
    /// The parameters of `shaders/propagators.wgsl`.
    PropagatorsParameters {
        window_end: f32,
        first_unit: u32,
        frame_length: f32,
        frame_rate: f32,
    }
}
