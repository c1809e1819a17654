//! One step of Adam.

use crate::gpu::kernel::{Source, source};

/// `shaders/adam.wgsl`.
pub const SOURCE: Source = source!("adam": "types");
