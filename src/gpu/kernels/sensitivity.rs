//! Carries the sensitivities of a parallel stage through a window, or those of a sequential one to its end.

use crate::gpu::kernel::{Source, source};

/// `shaders/sensitivity.wgsl`.
pub const SOURCE: Source = source!("sensitivity": "types", "counters", "slope", "first_arrival", "flow", "hold", "tile", "tile_state", "carry");
