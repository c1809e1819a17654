//! Which columns of a tile are carried in blocks, and which one by one.

use super::Request;
use crate::gpu::layout::{Column, DIRECTION, INPUT_TIME, Neuron};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::StageKind;

/// How many of the faster time constant a frame lasts: single precision keeps exponentials up to that exact to a few units
/// in the last place.
const FRAME: f32 = 2.0;

/// How many of them a window may last where sensitivities are carried in frames: an interval without arrivals lasts no
/// longer, and exponentials over it must be numbers that single precision has.
const LONGEST_WINDOW: f32 = 64.0;

/// Columns of a tile that are carried alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub first: u32,
    pub end: u32,
    /// Whether in blocks of neurons and columns, by `sensitivity_tiled`.
    pub is_tiled: bool,
}

impl Range {
    pub fn len(self) -> u32 {
        self.end - self.first
    }
}

/// The tile's columns in ranges, for a spiking population.
///
/// Blocks serve a parallel stage whose neurons share time constants and a list of arrivals, and columns on which all of
/// them may depend. In a run of one window that is not so for the stage's own weights, delays and thresholds, each of which
/// moves one neuron, nor for those of later stages, which move none: `sensitivity` passes over the others.
/// The choice depends on a column and on nothing beside it, so that results do not depend on tiles.
pub(super) fn ranges(
    (tables, request): (&Tables, &Request<'_>),
    population: &PopulationTable,
    columns: &[Column],
) -> Vec<Range> {
    let has_blocks = request.has_blocks && has_blocks(tables, population);
    let is_tiled = |column: &Column| {
        let reaches_all = tables.plan.n_windows() > 1
            || column.stage < population.stage
            || column.kind == INPUT_TIME;
        has_blocks && reaches_all && column.kind != DIRECTION
    };
    let mut first = 0;
    let alike = columns.chunk_by(|x, y| is_tiled(x) == is_tiled(y));
    alike
        .map(|chunk| {
            let range = Range {
                first,
                end: first + chunk.len() as u32,
                is_tiled: is_tiled(&chunk[0]),
            };
            first = range.end;
            range
        })
        .collect()
}

fn has_blocks(tables: &Tables, population: &PopulationTable) -> bool {
    let stage = &tables.plan.stages()[population.stage as usize];
    let window = tables.plan.window() as f32;
    stage.kind == StageKind::Parallel
        && population.shares_intervals()
        && window * fastest_rate(tables, population) <= LONGEST_WINDOW
}

fn fastest_rate(tables: &Tables, population: &PopulationTable) -> f32 {
    let Neuron {
        synapse_rates,
        membrane_rate,
        ..
    } = tables.neurons[population.first_unit as usize];
    // Neurons that share a flow have one receptor.
    synapse_rates[0].max(membrane_rate)
}

/// How long a population's frames last, in ms.
pub(super) fn frame_length(tables: &Tables, population: &PopulationTable) -> f32 {
    FRAME / fastest_rate(tables, population)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::engine::GradientOptions;
    use crate::event::SpikeBatch;
    use crate::gpu::columns::{ALONG, columns};
    use crate::network::{Distribution, Network, Neuron, Projection};
    use crate::problem::{Problem, SimulationOptions};

    /// How a network is like the one that is carried in blocks.
    #[derive(Clone, Copy, PartialEq)]
    enum Like {
        All,
        /// Its neurons have time constants of their own.
        ButTimeConstants,
        /// Synapses have delays of their own.
        ButDelays,
        /// A cycle without delay.
        ButStages,
        /// A window of very many time constants.
        ButWindow,
    }

    /// Of the population "second": which ranges of columns are carried in blocks, by kinds and stages of their first ones.
    fn chosen(like: Like, n_windows: usize, has_blocks: bool) -> Result<Vec<(u32, u32, bool)>> {
        let weights = || {
            Projection::random(Distribution::Uniform {
                lowest: 0.0,
                highest: 1.0,
            })
        };
        let mut neuron = Neuron::leaky_integrate_and_fire();
        if like == Like::ButTimeConstants {
            neuron = neuron.tau_membrane(vec![20.0, 20.0, 21.0]);
        }
        let onward = match like {
            Like::ButDelays => weights().delays(ndarray::Array2::from_elem((2, 3), 1.0)),
            _ => weights().delay(1.0),
        };
        let mut network = Network::builder();
        let input = network.input("input", 2);
        let first = network.population("first", 2, Neuron::leaky_integrate_and_fire());
        let second = network.population("second", 3, neuron);
        network.connect(input, first, weights());
        network.connect(first, second, onward);
        if like == Like::ButStages {
            network.connect(second, second, weights());
        }
        let network = network.build()?;
        let mut inputs = SpikeBatch::new();
        inputs.push_sample(&[])?;
        let duration = if like == Like::ButWindow { 1e7 } else { 40.0 };
        let mut options = SimulationOptions::new(duration);
        options.longest_window = duration / n_windows as f64;
        let problem = Problem {
            network: &network,
            parameters: &network.parameters(0),
            inputs: &inputs,
            options: &options,
        };
        let tables = Tables::new(&problem, &[4, 4, 4])?;
        let asked = GradientOptions::everything(crate::engine::Method::Forward);
        let all = columns(&problem, &tables, &asked);
        let request = Request {
            has_blocks,
            ..Request::gradient(&problem, &asked, 1)
        };
        let ranges = ranges((&tables, &request), &tables.populations[1], &all);
        assert_eq!(ranges.last().map(|range| range.end), Some(all.len() as u32));
        let alone = super::ranges((&tables, &request), &tables.populations[1], &[ALONG]);
        assert!(!alone[0].is_tiled, "a direction is one column");
        Ok(ranges
            .iter()
            .map(|range| {
                let column = all[range.first as usize];
                (column.kind, column.stage, range.is_tiled)
            })
            .collect())
    }

    #[test]
    fn columns_on_which_all_neurons_may_depend_are_carried_in_blocks() -> Result<()> {
        use crate::gpu::layout::WEIGHT;
        assert_eq!(chosen(Like::All, 2, true)?, [(WEIGHT, 0, true)]);
        // Of one window: those of the stage before, not those of its own; times of inputs are the last.
        let expected = [(WEIGHT, 0, true), (WEIGHT, 1, false), (INPUT_TIME, 0, true)];
        assert_eq!(chosen(Like::All, 1, true)?, expected);
        Ok(())
    }

    #[test]
    fn others_are_carried_one_by_one() -> Result<()> {
        for like in [
            Like::ButTimeConstants,
            Like::ButDelays,
            Like::ButStages,
            Like::ButWindow,
        ] {
            let ranges = chosen(like, 2, true)?;
            assert!(ranges.iter().all(|range| !range.2), "{ranges:?}");
        }
        assert!(!chosen(Like::All, 2, false)?[0].2);
        Ok(())
    }
}
