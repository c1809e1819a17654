//! Notes which neurons have fired in a batch.

use crate::gpu::kernel::kernel;

kernel! {
    "note_fired": ["types", "state"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/note_fired.wgsl`.
    NoteFiredParameters {
        is_first_chunk: u32,
    }
}
