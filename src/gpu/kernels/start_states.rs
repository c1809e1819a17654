//! Says of every neuron that it has not fired.

use crate::gpu::kernel::kernel;

kernel! {
    "start_states": ["types", "state"];
    one ["currents_one"], several ["currents_several"];
    /// `shaders/start_states.wgsl` has no parameters.
    StartStatesParameters {}
}
