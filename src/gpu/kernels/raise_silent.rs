//! Raises the incoming weights of silent neurons.

use crate::gpu::kernel::{Source, source};

/// `shaders/raise_silent.wgsl`.
pub const SOURCE: Source = source!("raise_silent": "types");
