//! Carries the sensitivities of a sequential stage through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/sensitivity_sequential.wgsl`.
pub const SOURCE: Source = source!("sensitivity_sequential": "types", "counters", "slope", "first_arrival", "flow", "hold", "tile", "tile_state", "carry", "windows");
