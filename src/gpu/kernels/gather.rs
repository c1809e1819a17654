//! Lists the arrivals at a population whose projections have one delay each.

use crate::gpu::kernel::{Source, source};

/// `shaders/gather.wgsl`.
pub const SOURCE: Source = source!("gather": "types", "counters", "delay", "windows");
