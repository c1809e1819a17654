//! Takes a sequential stage through a window, event by event.

use crate::gpu::kernel::{Source, source};

/// `shaders/advance_sequential.wgsl`.
pub const SOURCE: Source = source!("advance_sequential": "types", "counters", "slope", "void", "flow", "crossing", "windows", "spent", "members");
