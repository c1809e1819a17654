//! Notes which neurons have fired in a batch.

use crate::gpu::kernel::{Source, source};

/// `shaders/note_fired.wgsl`.
pub const SOURCE: Source = source!("note_fired": "types");
