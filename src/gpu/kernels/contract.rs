//! Contracts a tile of columns with the derivatives of a loss.

use crate::gpu::kernel::{Source, source};

/// `shaders/contract.wgsl`.
pub const SOURCE: Source = source!("contract": "types", "tile", "lanes", "windows");
