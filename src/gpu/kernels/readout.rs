//! Takes a population without threshold through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/readout.wgsl`.
pub const SOURCE: Source = source!("readout": "types", "counters", "flow", "crossing");
