//! Carries the sensitivities of a population without threshold through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/sensitivity_readout.wgsl`.
pub const SOURCE: Source = source!("sensitivity_readout": "types", "slope", "counters", "first_arrival", "flow", "hold", "tile", "tile_state", "carry", "maximum");
