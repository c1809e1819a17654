//! Contracts a tile of columns with the derivatives of a loss.

use crate::gpu::kernel::kernel;

kernel! {
    "contract": ["types", "tile", "lanes", "windows"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/contract.wgsl`.
    ContractParameters {
        source: u32,
        source_base: u32,
        first_place: u32,
        end_place: u32,
        has_readouts: u32,
        first_column: u32,
        n_columns: u32,
        tile_width: u32,
    }
}
