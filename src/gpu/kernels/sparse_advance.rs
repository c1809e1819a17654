//! Takes the neurons of a large network through a window.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_advance": [
        "types", "sparse_types", "philox", "sparse_interval", "moments", "jump", "sparse_flow",
        "bracket", "extrema", "sparse_crossing", "sparse_sort", "sparse_population", "sparse_poisson",
        "sparse_walk", "sparse_pass"
    ];
    /// The parameters of `shaders/sparse_advance.wgsl`.
    SparseAdvanceParameters {
        window: u32,
        place: u32,
        window_length: f32,
        first_neuron: u32,
        end_neuron: u32,
        n_populations: u32,
        queue_capacity: u32,
        first_listed: u32,
        listed_capacity: u32,
        tried_capacity: u32,
        events_capacity: u32,
        n_passes: u32,
        pass_number: u32,
        first_drawn: u32,
        zero: u32,
    }
}
