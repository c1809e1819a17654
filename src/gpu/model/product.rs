//! The turns of the kernels of forward propagation that runs of one window have for themselves.

use super::counted::Counted;
use super::multiplied::Multiplied;
use super::turns::{Turns, invocations};
use crate::gpu::kernels::sensitivity_own::{OTHERS, SensitivityOwnParameters};
use crate::gpu::kernels::sensitivity_product::{
    self, BLOCK_COLUMNS, BLOCK_SPIKES, MOST_FACTORS, SensitivityProductParameters,
};
use crate::gpu::kernels::spike_chain::SpikeChainParameters;
use crate::gpu::kernels::spike_factors::{ARRIVALS_OF_SPIKE, SpikeFactorsParameters};
use crate::gpu::layout::{BATCH, Column, NONE, WEIGHT, WORKGROUP};
use crate::gpu::record::Stretch;
use crate::gpu::schedule::Dispatch;

impl Counted<'_> {
    /// Finds which arrivals products go through, for the populations and columns that the schedule has products of.
    pub(super) fn multiply(&mut self, stretch: &dyn Fn() -> Stretch) {
        let product = sensitivity_product::SOURCE.name;
        let dispatches = self.schedule.dispatches.iter();
        let mut once = None;
        for dispatch in dispatches.filter(|dispatch| dispatch.kernel == product) {
            let parameters: SensitivityProductParameters = self.parameters(dispatch);
            let population = self.of_source(parameters.source);
            let first = parameters.first_column + parameters.first_in_tile;
            let end = parameters.first_column + parameters.end_in_tile;
            let of = (self.tables, &*once.get_or_insert_with(stretch));
            let table = &self.tables.populations[population];
            let columns = &self.columns[first as usize..end as usize];
            let multiplied = Multiplied::new(of, table, columns);
            self.multiplied.insert((population, first), multiplied);
        }
    }

    /// How many spikes a population's product has; 0 where there is none.
    pub(super) fn n_product_rows(&self, population: usize, most_spikes: u32) -> f64 {
        let met = self.met(0, population);
        let most = (f64::from(MOST_FACTORS) / met.arrivals.max(1.0)).floor();
        match met.fired <= most.min(f64::from(most_spikes)) {
            true => met.fired,
            false => 0.0,
        }
    }

    /// The population that is a source.
    pub(super) fn of_source(&self, source: u32) -> usize {
        let mut populations = self.tables.populations.iter();
        let found = populations.position(|population| population.source == source as usize);
        found.expect("a product is of a population")
    }

    pub(super) fn sensitivity_own(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivityOwnParameters = self.parameters(dispatch);
        let population = self.population(parameters.first_unit);
        let met = self.met(parameters.window, population);
        let first = (parameters.first_column + parameters.first_in_tile) as usize;
        let columns = &self.columns[first..first + parameters.n_columns as usize];
        let units = parameters.first_unit..parameters.first_unit + parameters.population_size;
        let is_own = |c: &&Column| c.unit != NONE && units.contains(&c.unit);
        let own: Vec<&Column> = columns.iter().filter(is_own).collect();
        let weights = own.iter().filter(|c| c.kind == WEIGHT).count() as f64;
        let neurons = f64::from(parameters.population_size);
        let table = &self.tables.populations[population];
        let first = table.first_projection as usize;
        let incoming = &self.tables.projections[first..first + table.n_projections as usize];
        let sources = incoming
            .iter()
            .map(|p| self.tables.sources[p.source as usize].size);
        // A weight is met by the spikes of one of the sources' neurons.
        let of_one_source = met.wanted / neurons / sources.sum::<usize>().max(1) as f64;
        let all = columns.len() as f64;
        let groups = all / f64::from(WORKGROUP);
        let places = f64::from(parameters.end_place - parameters.first_place);
        let each = own.len() as f64 / neurons;
        Turns::of([
            ("column", all),
            ("spike of another", all * places),
            ("arrival of the batch", groups.ceil() * met.arrivals),
            ("arrival", weights * of_one_source),
            (
                "arrival that counts",
                weights * of_one_source + each * met.fired,
            ),
            ("spike", each * met.fired),
        ])
        .chain([
            ("spike of another", places.min(f64::from(OTHERS))),
            (
                "arrival of the batch",
                (met.arrivals / f64::from(BATCH)).ceil(),
            ),
            ("arrival that counts", of_one_source + met.fired / neurons),
        ])
    }

    pub(super) fn spike_factors(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SpikeFactorsParameters = self.parameters(dispatch);
        let population = self.of_source(parameters.source);
        let rows = self.n_product_rows(population, parameters.most_spikes);
        let arrivals = self.met(0, population).arrivals;
        let each = f64::from(ARRIVALS_OF_SPIKE);
        Turns::of([
            ("spike", rows * (arrivals / each).ceil()),
            ("spike and arrival", rows * arrivals),
        ])
        .chain([("spike and arrival", arrivals.min(each))])
    }

    pub(super) fn sensitivity_product(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SensitivityProductParameters = self.parameters(dispatch);
        let population = self.of_source(parameters.source);
        let rows = self.n_product_rows(population, parameters.most_spikes);
        if rows == 0.0 {
            return Turns::default();
        }
        let first = parameters.first_column + parameters.first_in_tile;
        let met = self.multiplied[&(population, first)];
        let columns = f64::from(parameters.end_in_tile - parameters.first_in_tile);
        let [spikes, all] = [BLOCK_SPIKES, BLOCK_COLUMNS].map(f64::from);
        let lanes = f64::from(WORKGROUP);
        Turns::of([
            ("arrival", met.moved * lanes),
            ("derivatives", met.arrivals * all / 4.0),
            ("derivative", met.arrivals * all),
            ("factors", met.moved * spikes / 4.0),
            ("factor", met.moved * spikes),
            ("entry out", rows * columns),
        ])
        .chain([
            ("arrival", met.most_moved),
            ("derivative", met.longest * all / lanes),
            ("factor", met.most_moved * spikes / lanes),
        ])
    }

    pub(super) fn spike_chain(&self, dispatch: &Dispatch) -> Turns {
        let parameters: SpikeChainParameters = self.parameters(dispatch);
        let population = self.population(parameters.first_unit);
        let rows = self.n_product_rows(population, parameters.most_spikes);
        Turns::of([
            ("column", invocations(dispatch)),
            ("spike", rows * f64::from(parameters.n_columns)),
        ])
    }
}
