//! Sensitivities of a stage in a run of one window as a product of matrices, [spikes x arrivals] and [arrivals x columns].

use super::tiles::{self, Range};
use super::{Capacities, MOST_GROUPS, Request, Schedule, Tile};
use crate::gpu::kernels::sensitivity_product::{
    BLOCK_COLUMNS, BLOCK_SPIKES, SensitivityProductParameters,
};
use crate::gpu::kernels::spike_chain::SpikeChainParameters;
use crate::gpu::kernels::spike_factors::{ARRIVALS_OF_SPIKE, SpikeFactorsParameters};
use crate::gpu::layout::WORKGROUP;
use crate::gpu::tables::{PopulationTable, Tables};

/// A population's product, for a tile of columns.
pub(super) struct Product {
    tile: Tile,
    first_unit: u32,
    size: u32,
    source: u32,
    source_base: u32,
    list: u32,
    /// Spikes of a slot, at most.
    rows: u32,
    arrivals: u32,
    n_slots: u32,
    /// With more spikes of a slot there is no product.
    most_spikes: u32,
    /// Room for factors in a slot.
    capacity: u32,
    slope_floor: f32,
}

impl Product {
    pub fn new(
        (tables, capacities, request): (&Tables, &Capacities, &Request<'_>),
        population: &PopulationTable,
        tile: Tile,
        most_spikes: u32,
    ) -> Self {
        let source = &tables.sources[population.source];
        Self {
            tile,
            first_unit: population.first_unit,
            size: population.size,
            source: population.source as u32,
            source_base: source.base,
            list: population.first_list,
            rows: source.capacity.min(most_spikes),
            arrivals: capacities.arrivals,
            n_slots: request.n_slots,
            most_spikes,
            capacity: tiles::factors((tables, capacities), request.carry, population),
            slope_floor: request.slope_floor,
        }
    }

    /// The first matrix, which all columns share.
    pub fn factors(&self, schedule: &mut Schedule) {
        let parameters = SpikeFactorsParameters {
            first_unit: self.first_unit,
            source: self.source,
            source_base: self.source_base,
            most_spikes: self.most_spikes,
            capacity: self.capacity,
        };
        let groups = [
            self.rows.div_ceil(WORKGROUP),
            self.arrivals.div_ceil(ARRIVALS_OF_SPIKE).min(MOST_GROUPS),
        ];
        schedule.push(parameters, [groups[0], groups[1], self.n_slots]);
    }

    /// The product for a range of columns, and what follows from it.
    pub fn range(&self, schedule: &mut Schedule, range: Range) {
        let parameters = SensitivityProductParameters {
            source: self.source,
            source_base: self.source_base,
            list: self.list,
            most_spikes: self.most_spikes,
            capacity: self.capacity,
            first_column: self.tile.first_column,
            first_in_tile: range.first,
            end_in_tile: range.end,
            tile_width: self.tile.width,
        };
        let blocks = [
            range.len().div_ceil(BLOCK_COLUMNS),
            self.rows.div_ceil(BLOCK_SPIKES),
        ];
        schedule.push(parameters, [blocks[0], blocks[1], self.n_slots]);
        let parameters = SpikeChainParameters {
            first_unit: self.first_unit,
            source: self.source,
            most_spikes: self.most_spikes,
            first_in_tile: range.first,
            n_columns: range.len(),
            tile_width: self.tile.width,
            slope_floor: self.slope_floor,
        };
        let groups = range.len().div_ceil(WORKGROUP);
        schedule.push(parameters, [groups, self.size, self.n_slots]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::layout::Sizes;
    use crate::gpu::receptors::Receptors;

    /// The workgroups of the factors of lists with room for so many arrivals.
    fn groups(arrivals: u32) -> [u32; 3] {
        let product = Product {
            tile: Tile {
                first_column: 0,
                n_columns: 1,
                width: 1,
            },
            first_unit: 0,
            size: 1,
            source: 1,
            source_base: 0,
            list: 0,
            rows: 3,
            arrivals,
            n_slots: 2,
            most_spikes: 3,
            capacity: 8,
            slope_floor: 0.0,
        };
        let mut schedule = Schedule::new(Sizes::default(), Receptors::One);
        product.factors(&mut schedule);
        schedule.dispatches[0].workgroups
    }

    #[test]
    fn no_list_asks_for_more_workgroups_than_a_dispatch_may_have() {
        let most = ARRIVALS_OF_SPIKE * MOST_GROUPS;
        assert_eq!(groups(17), [1, 2, 2]);
        assert_eq!(groups(most), [1, MOST_GROUPS, 2]);
        assert_eq!(groups(most + 1), [1, MOST_GROUPS, 2]);
        assert_eq!(groups(u32::MAX), [1, MOST_GROUPS, 2]);
    }
}
