//! Takes a sequential stage backward through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/adjoint_sequential.wgsl`.
pub const SOURCE: Source = source!("adjoint_sequential": "types", "counters", "slope", "flow", "hold", "lanes", "own_events", "windows", "members", "arrival_back");
