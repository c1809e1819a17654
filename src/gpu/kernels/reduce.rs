//! Adds up the gradients of all slots.

use crate::gpu::kernel::{Source, source};

/// `shaders/reduce.wgsl`.
pub const SOURCE: Source = source!("reduce": "types");
