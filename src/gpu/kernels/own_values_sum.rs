//! Sums what a sweep says of the own values of a population's neurons.

use crate::gpu::kernel::kernel;

kernel! {
    "own_values_sum": ["types", "state", "jump", "slope", "lanes", "tile", "own_places"];
    one ["currents_one"], several ["currents_several"];
    /// The parameters of `shaders/own_values_sum.wgsl`.
    OwnValuesSumParameters {
        first_unit: u32,
        population_size: u32,
        readout: u32,
        tile_width: u32,
        slope_floor: f32,
    }
}
