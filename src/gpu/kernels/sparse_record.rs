//! Samples the states of recorded neurons of a large network.

use crate::gpu::kernel::kernel;

kernel! {
    "sparse_record": [
        "types", "sparse_types", "philox", "sparse_interval", "moments", "jump", "sparse_flow",
        "bracket", "extrema", "sparse_crossing", "sparse_sort", "sparse_population", "sparse_poisson", "sparse_walk"
    ];
    /// The parameters of `shaders/sparse_record.wgsl`.
    SparseRecordParameters {
        window: u32,
        window_length: f32,
        n_populations: u32,
        queue_capacity: u32,
        first_neuron: u32,
        n_neurons: u32,
        n_samples: u32,
        first_sample: u32,
        most_drives: u32,
        n_passes: u32,
        zero: u32,
    }
}
