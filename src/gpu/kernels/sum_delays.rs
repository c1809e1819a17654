//! Adds up the gradient of a projection's one delay.

use crate::gpu::kernel::{Source, source};

/// `shaders/sum_delays.wgsl`.
pub const SOURCE: Source = source!("sum_delays": "types", "counters", "lanes");
