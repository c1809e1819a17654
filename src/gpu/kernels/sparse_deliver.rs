//! Puts what arrives in a window into the queues of a large network's neurons.

use crate::gpu::kernel::{Source, source};

/// `shaders/sparse_deliver.wgsl`.
pub const SOURCE: Source = source!("sparse_deliver": "types", "sparse_types", "sparse_delay");
