//! Which arrivals the blocks of a product go through, as `sensitivity_product` finds them.

use std::collections::BTreeSet;

use super::trips::{Time, arrival};
use crate::gpu::kernels::sensitivity_product::{BLOCK_COLUMNS, BLOCK_SPIKES};
use crate::gpu::layout::{Column, INPUT_TIME, NONE};
use crate::gpu::record::Stretch;
use crate::gpu::tables::{PopulationTable, Tables};

/// What the blocks of a product go through, added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Multiplied {
    /// Arrivals before the last spikes of blocks, and of these those that a column of the block moves.
    pub arrivals: f64,
    pub moved: f64,
    /// The most of each.
    pub longest: f64,
    pub most_moved: f64,
}

/// An arrival, and whose spike it is.
struct Met {
    time: Time,
    /// A neuron of the network; NONE of an input.
    unit: u32,
    stage: u32,
    /// The spike's place in the stretch.
    place: u32,
}

/// What a block of columns moves.
struct Movers {
    units: BTreeSet<u32>,
    places: BTreeSet<u32>,
    /// All neurons of a later stage may depend on it.
    first_stage: u32,
}

impl Movers {
    fn of(columns: &[Column]) -> Self {
        let of_inputs = |column: &&Column| column.kind == INPUT_TIME;
        let places = columns.iter().filter(of_inputs).map(|column| column.index);
        let others = columns.iter().filter(|column| column.kind != INPUT_TIME);
        let first = |column: &Column| match column.kind {
            INPUT_TIME => 0,
            // One that neurons share moves those of its own stage.
            _ if column.unit == NONE => column.stage,
            _ => column.stage + 1,
        };
        Self {
            units: others.map(|column| column.unit).collect(),
            places: places.collect(),
            first_stage: columns.iter().map(first).min().unwrap_or(NONE),
        }
    }

    fn move_it(&self, met: &Met) -> bool {
        match met.unit {
            NONE => self.places.contains(&met.place),
            unit => self.units.contains(&unit) || met.stage >= self.first_stage,
        }
    }
}

impl Multiplied {
    /// Those of a population's spikes and a range of columns.
    pub fn new(
        (tables, stretch): (&Tables, &Stretch),
        population: &PopulationTable,
        columns: &[Column],
    ) -> Self {
        let arrivals = arrivals(tables, stretch, population);
        let spikes = &stretch.sources[population.source];
        let blocks = spikes.chunks(BLOCK_SPIKES as usize);
        let ends: Vec<usize> = blocks
            .filter_map(|block| block.last())
            .map(|last| arrivals.partition_point(|met| met.time < (last.window, last.time)))
            .collect();
        let mut all = Self::default();
        for block in columns.chunks(BLOCK_COLUMNS as usize) {
            let movers = Movers::of(block);
            for &end in &ends {
                let met = arrivals[..end].iter();
                let moved = met.filter(|met| movers.move_it(met)).count() as f64;
                all.arrivals += end as f64;
                all.moved += moved;
                all.longest = all.longest.max(end as f64);
                all.most_moved = all.most_moved.max(moved);
            }
        }
        all
    }
}

/// A population's arrivals in order of time.
fn arrivals(tables: &Tables, stretch: &Stretch, population: &PopulationTable) -> Vec<Met> {
    let first = population.first_projection as usize;
    let mut all = Vec::new();
    for projection in &tables.projections[first..first + population.n_projections as usize] {
        let source = projection.source as usize;
        let of_source = tables.populations.iter().find(|p| p.source == source);
        let delay = (projection.whole_windows, projection.remainder);
        for (place, spike) in (tables.sources[source].base..).zip(&stretch.sources[source]) {
            let arrives = arrival(tables, (spike.window, spike.time), delay, false);
            all.extend(arrives.map(|time| Met {
                time,
                unit: of_source.map_or(NONE, |table| table.first_unit + spike.unit),
                stage: of_source.map_or(0, |table| table.stage),
                place,
            }));
        }
    }
    all.sort_by(|x, y| x.time.0.cmp(&y.time.0).then(x.time.1.total_cmp(&y.time.1)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::CpuEngine;
    use crate::engine::{Engine, GradientOptions};
    use crate::event::SpikeBatch;
    use crate::gpu::columns::columns;
    use crate::network::{Network, Neuron, Projection};
    use crate::{Problem, Result, SimulationOptions};
    use ndarray::Array2;

    /// Of 70 neurons and 3 behind them, every arrival against the Jacobian of the CPU engine.
    #[test]
    fn arrivals_are_moved_by_columns_on_which_their_spikes_depend() -> Result<()> {
        let mut network = Network::builder();
        let input = network.input("input", 2);
        let neuron = Neuron::leaky_integrate_and_fire();
        let hidden = network.population("hidden", 70, neuron.clone());
        let output = network.population("output", 3, neuron);
        let into = Array2::from_shape_fn((2, 70), |(_, ix)| 0.2 + 0.01 * ix as f64);
        network.connect(input, hidden, Projection::dense(into));
        network.connect(
            hidden,
            output,
            Projection::dense(Array2::from_elem((70, 3), 0.01)),
        );
        let network = network.build()?;
        let mut inputs = SpikeBatch::new();
        inputs.push_channels(&[vec![1.0], vec![1.5]])?;
        let options = SimulationOptions::new(30.0);
        let problem = Problem {
            network: &network,
            parameters: &network.parameters(0),
            inputs: &inputs,
            options: &options,
        };
        let recording = CpuEngine::new().simulate(&problem)?;
        let tables = Tables::new(&problem, &[4, 400, 400])?;
        let stretch = Stretch::recorded(&tables, &problem, &recording, 0);
        let options = GradientOptions::default();
        let jacobian = CpuEngine::new().jacobian(&problem, &recording, 0, &options)?;
        let all = columns(&problem, &tables, &options);
        let of_hidden: Vec<Column> = all.iter().filter(|c| c.stage == 0).copied().collect();
        let output = &tables.populations[1];
        let found = Multiplied::new((&tables, &stretch), output, &of_hidden);
        let spikes: Vec<_> = recording.sample(0).collect();
        let hidden = network.populations()[0].units();
        let outputs: Vec<f64> = spikes
            .iter()
            .filter(|spike| !hidden.contains(&spike.unit))
            .map(|spike| spike.time)
            .collect();
        assert!(!outputs.is_empty(), "the output is silent");
        let mut expected = Multiplied::default();
        for block in of_hidden.chunks(BLOCK_COLUMNS as usize) {
            for last in outputs.chunks(BLOCK_SPIKES as usize) {
                let end = last[last.len() - 1];
                let is_met =
                    |ix: &usize| hidden.contains(&spikes[*ix].unit) && spikes[*ix].time < end;
                let is_moved = |ix: &usize| {
                    let moved = |c: &Column| jacobian.parameters[[*ix, c.value as usize]] != 0.0;
                    block.iter().any(moved)
                };
                let met: Vec<usize> = (0..spikes.len()).filter(is_met).collect();
                let moved = met.iter().filter(|ix| is_moved(ix)).count() as f64;
                expected.arrivals += met.len() as f64;
                expected.moved += moved;
                expected.longest = expected.longest.max(met.len() as f64);
                expected.most_moved = expected.most_moved.max(moved);
            }
        }
        assert_eq!(found, expected);
        assert!(
            found.moved > 0.0 && found.moved < found.arrivals,
            "{found:?}"
        );
        // The control: the columns of the stage behind, which move none of these.
        let of_output: Vec<Column> = all.iter().filter(|c| c.stage == 1).copied().collect();
        let other = Multiplied::new((&tables, &stretch), output, &of_output);
        assert_eq!(other.moved, 0.0);
        Ok(())
    }
}
