//! From when on what happens to a block of neurons depends on a block of columns, as `sensitivity_tiled` finds it.

use super::trips::{Time, arrival};
use crate::gpu::kernels::sensitivity_tiled::{BLOCK_COLUMNS, BLOCK_NEURONS};
use crate::gpu::layout::{Column, Projection, WEIGHT};
use crate::gpu::record::Stretch;
use crate::gpu::tables::{PopulationTable, Tables};

/// One sample's arrivals, as sensitivities meet them.
pub(super) struct Reach<'a> {
    tables: &'a Tables,
    stretch: &'a Stretch,
}

/// What the blocks of a dispatch go through, added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Blocks {
    /// Blocks of which some neuron fires in this window or later.
    pub awaited: f64,
    /// Arrivals of those.
    pub arrivals: f64,
    /// Of these, those from the first on that a column of the block moves or brings.
    pub reached: f64,
    /// The most of them that a block has.
    pub longest: f64,
    /// Spikes of its neurons.
    pub fired: f64,
}

impl<'a> Reach<'a> {
    pub fn new(tables: &'a Tables, stretch: &'a Stretch) -> Self {
        Self { tables, stretch }
    }

    /// When a spike arrives over a projection with one delay.
    fn over(&self, projection: &Projection, spike: Time) -> Option<Time> {
        let delay = (projection.whole_windows, projection.remainder);
        arrival(self.tables, spike, delay, false)
    }

    fn projections_of(&self, population: &PopulationTable) -> &'a [Projection] {
        let first = population.first_projection as usize;
        &self.tables.projections[first..first + population.n_projections as usize]
    }

    /// The times of a population's arrivals, in order.
    pub fn arrivals(&self, population: &PopulationTable) -> Vec<Time> {
        let mut all = Vec::new();
        for projection in self.projections_of(population) {
            let spikes = &self.stretch.sources[projection.source as usize];
            all.extend(
                spikes
                    .iter()
                    .filter_map(|s| self.over(projection, (s.window, s.time))),
            );
        }
        all.sort_by(order);
        all
    }

    /// The first arrival of spikes of one unit of a projection's source, no earlier than `least`.
    fn first_of(&self, projection: &Projection, unit: u32, least: Option<Time>) -> Option<Time> {
        let spikes = &self.stretch.sources[projection.source as usize];
        let own = spikes.iter().filter(|spike| spike.unit == unit);
        let times = own.map(|spike| (spike.window, spike.time));
        times
            .filter(|time| least.is_none_or(|least| *time > least))
            .find_map(|time| self.over(projection, time))
    }

    /// For each block of neurons of a population, when the first arrival comes that depends on some of these columns: one
    /// that brings a weight among them, or one whose spike has been moved. None where none comes.
    pub fn first(&self, population: &PopulationTable, columns: &[Column]) -> Vec<Option<Time>> {
        let n_blocks = population.size.div_ceil(BLOCK_NEURONS) as usize;
        if columns.iter().any(|column| column.kind != WEIGHT) {
            // What moves delays and times of inputs is taken to be there from the start.
            return vec![Some((0, 0.0)); n_blocks];
        }
        let mut direct = vec![None; n_blocks];
        let mut moved: Vec<Option<Time>> = vec![None; self.tables.populations.len()];
        for column in columns {
            let Some((target, projection)) = self.projection_of(column) else {
                continue;
            };
            let table = &self.tables.populations[target];
            let row = column.index - projection.weights;
            let Some(first) = self.first_of(projection, row / projection.target_size, None) else {
                continue;
            };
            let neuron = row % projection.target_size;
            if table.first_unit == population.first_unit {
                earlier(&mut direct[(neuron / BLOCK_NEURONS) as usize], Some(first));
            }
            for (next, arrives) in self.onward(table, Some(neuron), first) {
                earlier(&mut moved[next], Some(arrives));
            }
        }
        // What moved spikes of one population move in others.
        for _ in 0..self.tables.populations.len() {
            for ix in 0..moved.len() {
                let Some(since) = moved[ix] else { continue };
                let table = &self.tables.populations[ix];
                for (next, arrives) in self.onward(table, None, since) {
                    earlier(&mut moved[next], Some(arrives));
                }
            }
        }
        let of = self.tables.populations.iter();
        let own = of
            .zip(&moved)
            .find(|(table, _)| table.first_unit == population.first_unit)
            .and_then(|(_, moved)| *moved);
        direct.iter_mut().for_each(|direct| earlier(direct, own));
        direct
    }

    /// To which populations the first spike of a neuron, or of any, after some time goes, and when it arrives.
    fn onward(
        &self,
        table: &PopulationTable,
        neuron: Option<u32>,
        since: Time,
    ) -> Vec<(usize, Time)> {
        if !table.is_spiking {
            return Vec::new();
        }
        let spikes = &self.stretch.sources[table.source];
        let mut own = spikes
            .iter()
            .filter(|spike| neuron.is_none_or(|neuron| spike.unit == neuron));
        let Some(spike) = own.find(|spike| (spike.window, spike.time) > since) else {
            return Vec::new();
        };
        let mut reached = Vec::new();
        for (ix, next) in self.tables.populations.iter().enumerate() {
            for projection in self.projections_of(next) {
                if projection.source as usize == table.source {
                    let arrives = self.over(projection, (spike.window, spike.time));
                    reached.extend(arrives.map(|arrives| (ix, arrives)));
                }
            }
        }
        reached
    }

    /// The projection that has a weight, and its target.
    fn projection_of(&self, column: &Column) -> Option<(usize, &'a Projection)> {
        let populations = self.tables.populations.iter().enumerate();
        populations
            .flat_map(|(ix, table)| self.projections_of(table).iter().map(move |p| (ix, p)))
            .find(|(_, projection)| {
                let size = self.tables.sources[projection.source as usize].size as u32;
                let weights =
                    projection.weights..projection.weights + size * projection.target_size;
                weights.contains(&column.index)
            })
    }

    /// For each block of neurons the window of the last spike of any, and how many spikes they have in each window.
    pub fn fired(&self, population: &PopulationTable) -> Vec<Vec<u32>> {
        let n_blocks = population.size.div_ceil(BLOCK_NEURONS) as usize;
        let mut fired = vec![vec![0; self.tables.plan.n_windows()]; n_blocks];
        for spike in &self.stretch.sources[population.source] {
            fired[(spike.unit / BLOCK_NEURONS) as usize][spike.window as usize] += 1;
        }
        fired
    }
}

fn order(a: &Time, b: &Time) -> std::cmp::Ordering {
    a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
}

fn earlier(held: &mut Option<Time>, other: Option<Time>) {
    if held.is_none_or(|held| other.is_some_and(|other| other < held)) && other.is_some() {
        *held = other;
    }
}

/// A population's blocks over a range of columns: what is the same for all windows.
pub(super) struct Reached {
    arrivals: Vec<Time>,
    fired: Vec<Vec<u32>>,
    /// `[block of columns][block of neurons]`.
    first: Vec<Vec<Option<Time>>>,
}

impl Reached {
    pub fn new(reach: &Reach<'_>, population: &PopulationTable, columns: &[Column]) -> Self {
        let blocks = columns.chunks(BLOCK_COLUMNS as usize);
        Self {
            arrivals: reach.arrivals(population),
            fired: reach.fired(population),
            first: blocks.map(|block| reach.first(population, block)).collect(),
        }
    }

    /// What a window's dispatch goes through.
    pub fn window(&self, window: u32) -> Blocks {
        let from = self.arrivals.partition_point(|arrival| arrival.0 < window);
        let to = self.arrivals.partition_point(|arrival| arrival.0 <= window);
        let listed = &self.arrivals[from..to];
        let mut all = Blocks::default();
        for (block, fired) in self.fired.iter().enumerate() {
            if fired[window as usize..].iter().all(|n| *n == 0) {
                continue;
            }
            for first in &self.first {
                let reached = first[block].map_or(0, |first| {
                    listed.len() - listed.partition_point(|arrival| *arrival < first)
                });
                all.awaited += 1.0;
                all.arrivals += listed.len() as f64;
                all.reached += reached as f64;
                all.longest = all.longest.max(reached as f64);
                all.fired += f64::from(fired[window as usize]);
            }
        }
        all
    }
}
