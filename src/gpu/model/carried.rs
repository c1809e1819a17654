//! The turns of the kernels of forward propagation.

use super::counted::Counted;
use super::turns::{Turns, invocations};
use crate::gpu::kernels::contract::ContractParameters;
use crate::gpu::kernels::sensitivity::SensitivityParameters;
use crate::gpu::kernels::sensitivity_readout::SensitivityReadoutParameters;
use crate::gpu::kernels::sensitivity_sequential::SensitivitySequentialParameters;
use crate::gpu::kernels::sensitivity_tiled::{
    BLOCK_COLUMNS, BLOCK_LANES, BLOCK_NEURONS, COLUMNS_OF_LANE, SensitivityTiledParameters,
};
use crate::gpu::layout::{Column, NONE, WORKGROUP};
use crate::gpu::schedule::{Carry, Dispatch, most_spikes};

/// Fours of neurons, and of columns, in a block.
const FOURS: [f64; 2] = [BLOCK_NEURONS as f64 / 4.0, BLOCK_COLUMNS as f64 / 4.0];

impl Counted<'_> {
    /// None where the kernel is not one of forward propagation.
    pub(super) fn carried(&self, dispatch: &Dispatch) -> Option<Turns> {
        Some(match dispatch.kernel {
            "sensitivity" => self.sensitivity(dispatch),
            "sensitivity_tiled" => self.sensitivity_tiled(dispatch),
            "sensitivity_sequential" => self.sensitivity_sequential(dispatch),
            "sensitivity_readout" => self.sensitivity_readout(dispatch),
            "sensitivity_own" => self.sensitivity_own(dispatch),
            "spike_factors" => self.spike_factors(dispatch),
            "sensitivity_product" => self.sensitivity_product(dispatch),
            "spike_chain" => self.spike_chain(dispatch),
            "contract" => self.contract(dispatch),
            _ => return None,
        })
    }

    fn sensitivity(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivityParameters = self.parameters(dispatch);
        let population = self.population(parameters.first_unit);
        let met = self.met(parameters.window, population);
        let first = (parameters.first_column + parameters.first_in_tile) as usize;
        let columns = &self.columns[first..first + parameters.n_columns as usize];
        // Those on which all neurons depend, and those on which one does.
        let is_one_window = self.tables.plan.n_windows() == 1;
        let is_own = |c: &&Column| is_one_window && c.unit != NONE && c.stage == parameters.stage;
        let is_later = |c: &&Column| is_one_window && c.unit != NONE && c.stage > parameters.stage;
        let own = columns.iter().filter(is_own).count() as f64;
        let all = columns.len() as f64 - own - columns.iter().filter(is_later).count() as f64;
        let table = &self.tables.populations[population];
        let neurons = f64::from(table.size);
        let carried = all + own / neurons;
        let first = table.first_projection as usize;
        let incoming = &self.tables.projections[first..first + table.n_projections as usize];
        let sources = incoming
            .iter()
            .map(|p| self.tables.sources[p.source as usize].size);
        let of_one_source = met.wanted / (neurons * sources.sum::<usize>() as f64);
        Turns::of([
            ("column", invocations(dispatch)),
            ("arrival", carried * met.wanted),
            (
                "arrival that counts",
                all * met.wanted + own * of_one_source,
            ),
            ("spike", carried * met.fired),
        ])
        .chain([("arrival", met.longest)])
    }

    fn sensitivity_tiled(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivityTiledParameters = self.parameters(dispatch);
        let population = self.population(parameters.first_unit);
        let table = &self.tables.populations[population];
        let most_spikes = most_spikes(self.tables, Carry::Chosen, table);
        let lanes = f64::from(BLOCK_LANES);
        let block_invocations = invocations(dispatch) / f64::from(WORKGROUP) * lanes;
        if self.n_product_rows(population, most_spikes) > 0.0 {
            return Turns::of([("invocation", block_invocations)]);
        }
        let first = parameters.first_column + parameters.first_in_tile;
        let blocks = self.reached[&(population, first)].window(parameters.window);
        let columns = f64::from(BLOCK_COLUMNS);
        let entries = blocks.awaited * f64::from(BLOCK_NEURONS * BLOCK_COLUMNS);
        Turns::of([
            ("invocation", block_invocations),
            ("entry in", entries),
            ("entry out", entries),
            ("arrival", blocks.reached * lanes),
            ("arrival of the batch", blocks.arrivals),
            ("weights", blocks.arrivals * FOURS[0]),
            ("weight", blocks.arrivals * f64::from(BLOCK_NEURONS)),
            ("derivatives", blocks.arrivals * FOURS[1]),
            ("derivative", blocks.arrivals * columns),
            ("event", blocks.fired * columns / f64::from(COLUMNS_OF_LANE)),
            ("event and column", blocks.fired * columns),
        ])
        .chain([
            ("arrival", blocks.longest),
            ("weight", blocks.longest * f64::from(BLOCK_NEURONS) / lanes),
            ("derivative", blocks.longest * columns / lanes),
        ])
    }

    fn sensitivity_sequential(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivitySequentialParameters = self.parameters(dispatch);
        // The first dispatch over a window stands for those that go on where it ends.
        if parameters.n_met > 0 {
            return Turns::default();
        }
        let columns = f64::from(parameters.n_columns);
        let (mut wanted, mut fired) = (0.0, 0.0);
        for of in &parameters.populations[..parameters.n_populations as usize] {
            let met = self.met(parameters.window, self.population(of.first_unit));
            wanted += met.wanted;
            fired += met.fired;
        }
        Turns::of([
            ("arrival", wanted * columns),
            ("arrival that counts", wanted * columns),
            ("spike", fired * columns),
        ])
        .chain([("arrival that counts", wanted), ("spike", fired)])
    }

    fn sensitivity_readout(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivityReadoutParameters = self.parameters(dispatch);
        let met = self.met(parameters.window, self.population(parameters.first_unit));
        let columns = f64::from(parameters.n_columns);
        Turns::of([
            ("column", invocations(dispatch)),
            ("arrival", met.visits * columns),
            ("arrival that counts", met.visits * columns),
        ])
        .chain([("arrival that counts", met.longest)])
    }

    fn contract(&self, dispatch: &Dispatch) -> Turns {
        let parameters: ContractParameters = self.parameters(dispatch);
        let columns = f64::from(parameters.n_columns);
        let source = &self.tables.populations[parameters.source as usize - self.tables.n_inputs()];
        let population = self.population(source.first_unit);
        let met = self.trips.met.iter().map(|window| window[population].fired);
        // The first dispatch over a source's places stands for all.
        let is_first = parameters.first_place == parameters.source_base;
        let fired: f64 = if is_first { met.sum() } else { 0.0 };
        let shown = self.schedule.sizes.n_readouts * self.schedule.sizes.n_shown;
        let shown = f64::from(shown * parameters.has_readouts);
        Turns::of([
            ("column", columns),
            ("column and eight spikes", columns * fired / 8.0),
            ("column and readout", columns * shown),
        ])
        .chain([("column and eight spikes", fired / 8.0)])
    }
}
