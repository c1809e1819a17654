//! Takes a population without threshold backward through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/adjoint_readout.wgsl`.
pub const SOURCE: Source = source!("adjoint_readout": "types", "counters", "flow", "lanes", "origins", "arrival_back", "sweep");
