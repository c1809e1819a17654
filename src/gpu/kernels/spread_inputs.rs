//! Brings packed spikes of inputs to their places.

use crate::gpu::kernel::kernel;

kernel! {
    "spread_inputs": ["types", "windows", "window_of", "packed"];
    /// The parameters of `shaders/spread_inputs.wgsl`.
    SpreadInputsParameters {
        source: u32,
        source_base: u32,
    }
}
