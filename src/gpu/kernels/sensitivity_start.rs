//! Sets the sensitivities of a tile of columns to zero.

use crate::gpu::kernel::{Source, source};

/// `shaders/sensitivity_start.wgsl`.
pub const SOURCE: Source = source!("sensitivity_start": "types", "tile", "tile_state");
