//! Takes a parallel stage backward through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/adjoint.wgsl`.
pub const SOURCE: Source = source!("adjoint": "types", "counters", "slope", "flow", "hold", "lanes", "own_events", "origins", "arrival_back", "sweep");
