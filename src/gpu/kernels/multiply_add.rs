//! The ceiling of arithmetic.

use crate::gpu::kernel::{Source, source};

/// `shaders/multiply_add.wgsl`.
pub const SOURCE: Source = source!("multiply_add": "types");
