//! The first-spike cross-entropy and its derivatives.

use crate::gpu::kernel::{Source, source};

/// `shaders/first_spike.wgsl`.
pub const SOURCE: Source = source!("first_spike": "types");
