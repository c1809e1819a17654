//! Forward propagation of one tile of columns: windows and stages in order.

use super::product::Product;
use super::tiles::{self, Range, Way};
use super::{
    Capacities, Request, Schedule, TURNS, Window, gather, own_values, populations, propagators,
    stage_populations,
};
use crate::gpu::kernels::contract::ContractParameters;
use crate::gpu::kernels::sensitivity::SensitivityParameters;
use crate::gpu::kernels::sensitivity_own::{OTHERS, SensitivityOwnParameters};
use crate::gpu::kernels::sensitivity_readout::SensitivityReadoutParameters;
use crate::gpu::kernels::sensitivity_sequential::SensitivitySequentialParameters;
use crate::gpu::kernels::sensitivity_start::SensitivityStartParameters;
use crate::gpu::kernels::sensitivity_tiled::{
    BLOCK_COLUMNS, BLOCK_NEURONS, SensitivityTiledParameters,
};
use crate::gpu::layout::{Column, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::StageKind;

/// Places that one dispatch contracts.
const PLACES: u32 = 16_384;

/// Which columns a tile holds.
#[derive(Debug, Clone, Copy)]
pub(in crate::gpu) struct Tile {
    pub first_column: u32,
    pub n_columns: u32,
    pub width: u32,
}

/// The dispatches that carry a tile, of these columns, through a run.
pub(in crate::gpu) fn forward(
    tables: &Tables,
    capacities: &Capacities,
    request: &Request<'_>,
    tile: Tile,
    columns: &[Column],
) -> Schedule {
    // The same in every window.
    let mut ranges = vec![Vec::new(); tables.sources.len()];
    for population in tables.populations.iter().filter(|p| p.is_spiking) {
        ranges[population.source] = tiles::ranges((tables, request), population, columns);
    }
    let mut run = Run {
        tables,
        capacities,
        request,
        tile,
        ranges,
        schedule: Schedule::new(request.sizes(tables, capacities), tables.receptors),
    };
    for ix in 0..tables.plan.n_windows() {
        let window = Window::new(tables, ix, request.voltage_times);
        for stage in tables.plan.stages() {
            let populations = populations(tables, stage);
            for population in &populations {
                gather(
                    &mut run.schedule,
                    tables,
                    population,
                    &window,
                    request.n_slots,
                );
                if ix == 0 {
                    run.start(population);
                }
                if request.needs_own {
                    let of = (tables, request);
                    own_values::carry(&mut run.schedule, of, &window, population, tile.width);
                }
            }
            if stage.kind == StageKind::Sequential {
                run.sequential(&window, &populations);
            }
            for population in populations {
                run.population(&window, population);
            }
        }
    }
    run.schedule
}

struct Run<'a> {
    tables: &'a Tables,
    capacities: &'a Capacities,
    request: &'a Request<'a>,
    tile: Tile,
    /// For each source, inputs first: in which ranges the tile's columns are carried; none where it does not spike.
    ranges: Vec<Vec<Range>>,
    schedule: Schedule,
}

impl Run<'_> {
    /// Workgroups over the tile's columns.
    fn columns(&self) -> u32 {
        self.tile.n_columns.div_ceil(WORKGROUP)
    }

    fn over_neurons(&self, n: u32) -> [u32; 3] {
        [self.columns(), n, self.request.n_slots]
    }

    /// Sets to zero what is carried of a population whose arrivals are listed.
    fn start(&mut self, population: &PopulationTable) {
        let whole = Range {
            first: 0,
            end: self.tile.n_columns,
            way: Way::Each,
        };
        let ranges = match population.is_spiking {
            true => self.ranges[population.source].clone(),
            false => vec![whole],
        };
        for range in ranges {
            let most_spikes = self.most_spikes(population, range);
            if range.way == Way::Own || !self.needs_blocks(population, most_spikes) {
                continue;
            }
            let parameters = SensitivityStartParameters {
                first_unit: population.first_unit,
                source: population.source as u32,
                most_spikes,
                first_in_tile: range.first,
                n_columns: range.len(),
                tile_width: self.tile.width,
            };
            let groups = range.len().div_ceil(WORKGROUP);
            let workgroups = [groups, population.size, self.request.n_slots];
            self.schedule.push(parameters, workgroups);
        }
    }

    /// With more spikes of a slot a range is no product.
    fn most_spikes(&self, population: &PopulationTable, range: Range) -> u32 {
        match range.way {
            Way::All => tiles::most_spikes(self.tables, self.request.carry, population),
            Way::Own | Way::Each => 0,
        }
    }

    /// Whether some slot may have more spikes.
    fn needs_blocks(&self, population: &PopulationTable, most_spikes: u32) -> bool {
        let of = (self.tables, self.capacities);
        tiles::needs_blocks(of, population, most_spikes)
    }

    fn population(&mut self, window: &Window, population: &PopulationTable) {
        let tile = self.tile;
        if population.is_spiking {
            self.spiking(window, population);
        } else {
            let workgroups = self.over_neurons(population.size);
            let parameters = SensitivityReadoutParameters {
                window: window.ix,
                window_end: window.end,
                first_unit: population.first_unit,
                readout: population.readout,
                first_requested: window.first_requested,
                end_requested: window.end_requested,
                first_column: tile.first_column,
                n_columns: tile.n_columns,
                tile_width: tile.width,
            };
            self.schedule.push(parameters, workgroups);
        }
    }

    fn spiking(&mut self, window: &Window, population: &PopulationTable) {
        let ranges = std::mem::take(&mut self.ranges[population.source]);
        let of_all = ranges.iter().find(|range| range.way == Way::All);
        let most_spikes = of_all.map_or(0, |&range| self.most_spikes(population, range));
        let needs_blocks = self.needs_blocks(population, most_spikes);
        if of_all.is_some() && needs_blocks {
            let length = tiles::frame_length(self.tables, population);
            let n_slots = self.request.n_slots;
            propagators(&mut self.schedule, population, window, n_slots, length);
        }
        let product = self.product(population, most_spikes);
        if most_spikes > 0 {
            product.factors(&mut self.schedule);
        }
        for &range in &ranges {
            match range.way {
                Way::Each => self.plain(window, population, range),
                Way::Own => self.own(window, population, range),
                Way::All => {
                    if most_spikes > 0 {
                        product.range(&mut self.schedule, range);
                    }
                    if needs_blocks {
                        self.tiled(window, population, range);
                    }
                }
            }
        }
        self.ranges[population.source] = ranges;
    }

    fn product(&self, population: &PopulationTable, most_spikes: u32) -> Product {
        Product::new(
            (self.tables, self.capacities, self.request),
            population,
            self.tile,
            most_spikes,
        )
    }

    fn own(&mut self, window: &Window, population: &PopulationTable, range: Range) {
        let source = &self.tables.sources[population.source];
        let parameters = SensitivityOwnParameters {
            window: window.ix,
            first_unit: population.first_unit,
            population_size: population.size,
            first_place: source.base,
            end_place: source.base + source.capacity,
            first_column: self.tile.first_column,
            first_in_tile: range.first,
            n_columns: range.len(),
            tile_width: self.tile.width,
            slope_floor: self.request.slope_floor,
        };
        let groups = [
            range.len().div_ceil(WORKGROUP),
            source.capacity.div_ceil(OTHERS).max(1),
        ];
        let workgroups = [groups[0], groups[1], self.request.n_slots];
        self.schedule.push(parameters, workgroups);
    }

    fn plain(&mut self, window: &Window, population: &PopulationTable, range: Range) {
        let parameters = SensitivityParameters {
            window: window.ix,
            window_end: window.end,
            first_unit: population.first_unit,
            stage: population.stage,
            first_column: self.tile.first_column,
            first_in_tile: range.first,
            n_columns: range.len(),
            tile_width: self.tile.width,
            slope_floor: self.request.slope_floor,
        };
        let groups = range.len().div_ceil(WORKGROUP);
        let workgroups = [groups, population.size, self.request.n_slots];
        self.schedule.push(parameters, workgroups);
    }

    fn tiled(&mut self, window: &Window, population: &PopulationTable, range: Range) {
        let parameters = SensitivityTiledParameters {
            window: window.ix,
            first_unit: population.first_unit,
            population_size: population.size,
            first_column: self.tile.first_column,
            first_in_tile: range.first,
            end_in_tile: range.end,
            tile_width: self.tile.width,
            slope_floor: self.request.slope_floor,
        };
        let blocks = [
            range.len().div_ceil(BLOCK_COLUMNS),
            population.size.div_ceil(BLOCK_NEURONS),
        ];
        let workgroups = [blocks[0], blocks[1], self.request.n_slots];
        self.schedule.push(parameters, workgroups);
    }

    fn sequential(&mut self, window: &Window, populations: &[&PopulationTable]) {
        let tile = self.tile;
        let (_, n_spikes) = super::totals(self.tables, populations);
        // A spike's neuron is carried over at most all arrivals; finding the first spikes of a dispatch again takes
        // a turn or two of each before it.
        let most_events = (TURNS / self.capacities.arrivals.saturating_add(64)).max(1);
        for n_met in (0..n_spikes as u32).step_by(most_events as usize) {
            let parameters = SensitivitySequentialParameters {
                populations: stage_populations(self.tables, populations),
                n_populations: populations.len() as u32,
                window: window.ix,
                most_events,
                n_met,
                first_column: tile.first_column,
                n_columns: tile.n_columns,
                tile_width: tile.width,
                slope_floor: self.request.slope_floor,
            };
            let workgroups = [self.columns(), self.request.n_slots, 1];
            self.schedule.push(parameters, workgroups);
        }
    }
}

/// Adds the dispatches that contract a tile with the cotangent.
pub(in crate::gpu) fn contract(schedule: &mut Schedule, tables: &Tables, n_slots: u32, tile: Tile) {
    let mut has_readouts = 1;
    let sources = tables.sources.iter().enumerate();
    for (source, table) in sources.filter(|(_, table)| !table.is_input) {
        // A source without room for spikes still brings in what readouts show.
        for offset in (0..table.capacity.max(1)).step_by(PLACES as usize) {
            let parameters = ContractParameters {
                source: source as u32,
                source_base: table.base,
                first_place: table.base + offset,
                end_place: table.base + offset.saturating_add(PLACES).min(table.capacity),
                has_readouts,
                first_column: tile.first_column,
                n_columns: tile.n_columns,
                tile_width: tile.width,
            };
            has_readouts = 0;
            let workgroups = [tile.n_columns.div_ceil(WORKGROUP), n_slots, 1];
            schedule.push(parameters, workgroups);
        }
    }
}
