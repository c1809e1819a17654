//! Brings packed derivatives by spikes' times to their places.

use crate::gpu::kernel::kernel;

kernel! {
    "spread_derivatives": ["types", "windows", "packed"];
    /// The parameters of `shaders/spread_derivatives.wgsl`.
    SpreadDerivativesParameters {
        source: u32,
        source_base: u32,
    }
}
