//! Takes the neurons of a large network through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/sparse_advance.wgsl`.
pub const SOURCE: Source = source!("sparse_advance": "types", "sparse_types", "philox", "sparse_interval", "flow", "sparse_flow", "sparse_crossing", "sparse_sort");
