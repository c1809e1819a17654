//! One step of gradient descent with momentum.

use crate::gpu::kernel::{Source, source};

/// `shaders/sgd.wgsl`.
pub const SOURCE: Source = source!("sgd": "types");
