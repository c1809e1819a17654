//! The ceiling of memory.

use crate::gpu::kernel::{Source, source};

/// `shaders/copy.wgsl`.
pub const SOURCE: Source = source!("copy": "types");
