//! Adds adjoints of arrival times to those of the spikes that arrived.

use crate::gpu::kernel::{Source, source};

/// `shaders/deliver.wgsl`.
pub const SOURCE: Source = source!("deliver": "types", "counters", "lanes");
