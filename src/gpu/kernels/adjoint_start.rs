//! Puts every sweep at the end of the run.

use crate::gpu::kernel::{Source, source};

/// `shaders/adjoint_start.wgsl`.
pub const SOURCE: Source = source!("adjoint_start": "types", "lanes");
