//! Lists the spikes of a large network's window in order.

use crate::gpu::kernel::{Source, source};

/// `shaders/sparse_order.wgsl`.
pub const SOURCE: Source = source!("sparse_order": "types", "sparse_types");
