//! Takes a population without threshold backward through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/adjoint_readout.wgsl`.
pub const SOURCE: Source = source!("adjoint_readout": "types", "counters", "first_arrival", "flow", "lanes", "maximum", "origins", "arrival_back", "sweep");
