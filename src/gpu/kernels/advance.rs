//! Takes the neurons of a parallel stage through a window.

use crate::gpu::kernel::{Source, source};

/// `shaders/advance.wgsl`.
pub const SOURCE: Source =
    source!("advance": "types", "counters", "slope", "void", "flow", "crossing");
