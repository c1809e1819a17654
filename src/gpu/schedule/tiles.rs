//! How the columns of a tile are carried: as a product of matrices, in blocks, or one by one.

use super::{Capacities, Request};
use crate::gpu::kernels::sensitivity_product::MOST_FACTORS;
use crate::gpu::layout::{Column, DIRECTION, INPUT_TIME, NONE, Neuron};
use crate::gpu::tables::{PopulationTable, Tables};
use crate::plan::StageKind;

/// How many of the faster time constant a frame lasts: single precision keeps exponentials up to that exact to a few units
/// in the last place.
const FRAME: f32 = 2.0;

/// How many of them a window may last where sensitivities are carried in frames: an interval without arrivals lasts no
/// longer, and exponentials over it must be numbers that single precision has.
const LONGEST_WINDOW: f32 = 64.0;

/// Spikes of a neuron, on average, up to which a product of matrices is less work than blocks: it does one multiply-add for each
/// spike, column and arrival before it, blocks do three for each neuron, column and arrival.
const SPIKES_OF_PRODUCT: u32 = 3;

/// Which ways of carrying sensitivities may be taken; all but the first for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Carry {
    /// Whatever is least work.
    #[default]
    Chosen,
    /// Neuron by neuron and column by column.
    Each,
    /// Blocks wherever a product is possible.
    Blocks,
    /// A product wherever it is possible.
    Product,
}

/// How some columns of a tile are carried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Each neuron for each column, by `sensitivity`.
    Each,
    /// One neuron for each column at most, by `sensitivity_own`.
    Own,
    /// All neurons for all columns: by `sensitivity_product` in slots of few spikes, where there is one, else in blocks by
    /// `sensitivity_tiled`.
    All,
}

/// Columns of a tile that are carried alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub first: u32,
    pub end: u32,
    pub way: Way,
}

impl Range {
    pub fn len(self) -> u32 {
        self.end - self.first
    }
}

/// The tile's columns in ranges, for a spiking population.
///
/// In a run of one window the stage's own weights, thresholds and values of neurons move one neuron each, and those of later
/// stages none: a parallel stage whose neurons share a list of arrivals carries just these. Blocks and products serve a parallel
/// stage whose neurons share time constants, too, and columns on which all of them may depend.
/// The choice depends on a column and on nothing beside it, so that results do not depend on tiles.
pub(super) fn ranges(
    (tables, request): (&Tables, &Request<'_>),
    population: &PopulationTable,
    columns: &[Column],
) -> Vec<Range> {
    let is_one_window = tables.plan.n_windows() == 1;
    let has_own = is_one_window
        && request.carry != Carry::Each
        && is_parallel(tables, population)
        && !population.has_own_lists;
    let has_blocks = request.carry != Carry::Each && has_blocks(tables, population);
    let way = |column: &Column| {
        let reaches_all =
            !is_one_window || column.stage < population.stage || column.kind == INPUT_TIME;
        let is_of_one = column.unit != NONE && column.stage >= population.stage;
        if column.kind == DIRECTION {
            Way::Each
        } else if has_own && is_of_one {
            Way::Own
        } else if has_blocks && reaches_all {
            Way::All
        } else {
            Way::Each
        }
    };
    let mut first = 0;
    let alike = columns.chunk_by(|x, y| way(x) == way(y));
    alike
        .map(|chunk| {
            let range = Range {
                first,
                end: first + chunk.len() as u32,
                way: way(&chunk[0]),
            };
            first = range.end;
            range
        })
        .collect()
}

/// How many spikes of a slot are a product at most; 0 where there is none.
///
/// What a slot fires decides on the device, and not what others do.
pub(in crate::gpu) fn most_spikes(
    tables: &Tables,
    carry: Carry,
    population: &PopulationTable,
) -> u32 {
    let is_possible =
        tables.plan.n_windows() == 1 && population.is_spiking && has_blocks(tables, population);
    match carry {
        Carry::Chosen if is_possible => SPIKES_OF_PRODUCT * population.size,
        Carry::Product if is_possible => u32::MAX,
        _ => 0,
    }
}

/// Whether some slot may have more spikes than a product has, or more factors, as far as is known without its spikes.
pub(super) fn needs_blocks(
    (tables, capacities): (&Tables, &Capacities),
    population: &PopulationTable,
    most_spikes: u32,
) -> bool {
    let capacity = tables.sources[population.source].capacity;
    !population.is_spiking
        || capacity > most_spikes
        || capacity.saturating_mul(capacities.arrivals) > MOST_FACTORS
}

/// How many factors of arrivals and spikes there must be room for in a slot.
pub(super) fn factors(
    (tables, capacities): (&Tables, &Capacities),
    carry: Carry,
    population: &PopulationTable,
) -> u32 {
    let most = most_spikes(tables, carry, population);
    let rows = tables.sources[population.source].capacity.min(most);
    rows.saturating_mul(capacities.arrivals).min(MOST_FACTORS)
}

/// Those of the population that needs most.
pub(in crate::gpu) fn most_factors(tables: &Tables, capacities: &Capacities, carry: Carry) -> u32 {
    let populations = tables.populations.iter();
    let factors = populations.map(|p| factors((tables, capacities), carry, p));
    factors.max().unwrap_or(0)
}

fn is_parallel(tables: &Tables, population: &PopulationTable) -> bool {
    tables.plan.stages()[population.stage as usize].kind == StageKind::Parallel
}

fn has_blocks(tables: &Tables, population: &PopulationTable) -> bool {
    let window = tables.plan.window() as f32;
    is_parallel(tables, population)
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
    use crate::gpu::layout::{SHARED_DELAY, THRESHOLD};
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
    fn chosen(like: Like, n_windows: usize, carry: Carry) -> Result<Vec<(u32, u32, Way)>> {
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
            carry,
            ..Request::gradient(&problem, &asked, 1)
        };
        let ranges = ranges((&tables, &request), &tables.populations[1], &all);
        assert_eq!(ranges.last().map(|range| range.end), Some(all.len() as u32));
        let alone = super::ranges((&tables, &request), &tables.populations[1], &[ALONG]);
        assert_eq!(alone[0].way, Way::Each, "a direction is one column");
        Ok(ranges
            .iter()
            .map(|range| {
                let column = all[range.first as usize];
                (column.kind, column.stage, range.way)
            })
            .collect())
    }

    #[test]
    fn columns_on_which_all_neurons_may_depend_are_carried_together() -> Result<()> {
        use crate::gpu::layout::WEIGHT;
        assert_eq!(
            chosen(Like::All, 2, Carry::Chosen)?,
            [(WEIGHT, 0, Way::All)]
        );
        // Of one window: those of the stage before; of its own one neuron each, but for the delay that they share.
        let expected = [
            (WEIGHT, 0, Way::All),
            (WEIGHT, 1, Way::Own),
            (SHARED_DELAY, 1, Way::Each),
            (THRESHOLD, 1, Way::Own),
            (INPUT_TIME, 0, Way::All),
        ];
        assert_eq!(chosen(Like::All, 1, Carry::Chosen)?, expected);
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
            let ranges = chosen(like, 2, Carry::Chosen)?;
            assert!(
                ranges.iter().all(|range| range.2 == Way::Each),
                "{ranges:?}"
            );
        }
        for n_windows in [1, 2] {
            assert_eq!(chosen(Like::All, n_windows, Carry::Each)?[0].2, Way::Each);
        }
        // Neurons with time constants of their own need no more than a list that they share.
        let ranges = chosen(Like::ButTimeConstants, 1, Carry::Chosen)?;
        assert!(ranges.iter().any(|range| range.2 == Way::Own), "{ranges:?}");
        let ranges = chosen(Like::ButDelays, 1, Carry::Chosen)?;
        assert!(
            ranges.iter().all(|range| range.2 == Way::Each),
            "{ranges:?}"
        );
        Ok(())
    }
}
