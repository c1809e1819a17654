//! Lists the arrivals at each neuron of a population that has lists of its own for each.

use crate::gpu::kernel::kernel;

kernel! {
    "gather_synapses": ["types", "arrival", "counters", "delay", "windows", "projections", "synapses", "candidates"];
    /// The parameters of `shaders/gather_synapses.wgsl`.
    GatherSynapsesParameters {
        window: u32,
        window_end: f32,
        first_projection: u32,
        n_projections: u32,
        first_list: u32,
    }
}
