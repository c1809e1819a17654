//! The shortest and longest of a tensor, and the row of a projection with such delays.

use crate::gpu::kernel::kernel;

kernel! {
    "shortest": ["types", "projections"];
    /// The parameters of `shaders/shortest.wgsl`.
    ShortestParameters {
        first: u32,
        n: u32,
        place: u32,
        projection: u32,
        farthest: f32,
        window_length: f32,
    }
}
