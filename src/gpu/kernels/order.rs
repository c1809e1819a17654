//! Puts the spikes of a window in order.

use crate::gpu::kernel::{Source, source};

/// `shaders/order.wgsl`.
pub const SOURCE: Source = source!("order": "types", "counters", "windows", "spent");
