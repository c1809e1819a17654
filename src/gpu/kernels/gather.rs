//! Lists the arrivals at a population whose projections have one delay each.

use crate::gpu::kernel::kernel;

kernel! {
    "gather": ["types", "projections", "arrival", "counters", "delay", "windows"];
    /// The parameters of `shaders/gather.wgsl`.
    GatherParameters {
        window: u32,
        window_end: f32,
        first_projection: u32,
        n_projections: u32,
        first_list: u32,
    }
}
