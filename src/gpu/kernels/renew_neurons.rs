//! Makes the constants of neurons anew from their values.

use crate::gpu::kernel::kernel;

kernel! {
    "renew_neurons": ["types"];
    /// The parameters of `shaders/renew_neurons.wgsl`.
    RenewNeuronsParameters {
        first_unit: u32,
        population_size: u32,
    }
}
