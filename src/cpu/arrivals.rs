//! Which spikes arrive at a population, when and over which row.

use std::ops::Range;
use std::sync::Arc;

use super::compiled::CompiledPopulation;
use super::lists::Lists;
use crate::network::SynapseTable;

/// A projection as its target population sees it.
pub(super) struct Incoming {
    /// The source population; `None` for an input.
    pub source: Option<usize>,
    /// The source's first unit, counted over all inputs or all populations.
    pub first_unit: usize,
    pub source_size: usize,
    /// Which of the network's projections it is.
    pub projection: usize,
    /// The row of its first source unit, or of its first synapse where it is a list.
    pub first_row: usize,
    /// Its synapses, each a row of its own, where it is not a matrix.
    pub table: Option<Arc<SynapseTable>>,
    /// Where its weights and its delays begin in the flat vector; those of a list are in the order of `table`.
    pub weights: usize,
    pub delays: usize,
    /// The delay of all its synapses, in ms; `None` where each has its own.
    pub shared_delay: Option<f64>,
    pub longest_delay: f64,
    /// Which of the target's synaptic currents it adds to.
    pub receptor: usize,
}

/// A spike as it arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arrival {
    /// When, in ms.
    pub time: f64,
    /// Over which row of synapses of the target population.
    pub row: u32,
    /// Which spike of its source: an index into that source's list.
    pub origin: u32,
}

/// Spikes of one source, times ascending, units counted as the source's `first_unit` is.
#[derive(Clone, Copy)]
pub(super) struct SourceSpikes<'a> {
    pub times: &'a [f64],
    pub units: &'a [u32],
}

/// Gives the spikes of every source of a sample: the inputs, and each population.
pub(super) trait Sources {
    fn input(&self) -> SourceSpikes<'_>;
    fn population(&self, population: usize) -> SourceSpikes<'_>;
}

impl Incoming {
    fn spikes<'a>(&self, sources: &'a impl Sources) -> SourceSpikes<'a> {
        match self.source {
            None => sources.input(),
            Some(population) => sources.population(population),
        }
    }

    fn source_ix(&self, unit: u32) -> Option<usize> {
        let ix = (unit as usize).wrapping_sub(self.first_unit);
        (ix < self.source_size).then_some(ix)
    }

    /// The row of a matrix over which a source unit arrives; `None` for a channel of another input.
    pub fn row(&self, unit: u32) -> Option<usize> {
        self.source_ix(unit).map(|ix| self.first_row + ix)
    }

    /// The place of a listed synapse's delay in the flat vector.
    pub fn delay_of(&self, synapse: usize) -> usize {
        match self.shared_delay {
            Some(_) => self.delays,
            None => self.delays + synapse,
        }
    }

    /// The synapses of a list over which a source unit arrives, as numbers in `table`.
    pub fn synapses(&self, table: &SynapseTable, unit: u32) -> Range<usize> {
        self.source_ix(unit).map_or(0..0, |ix| table.of_source(ix))
    }
}

/// Replaces `arrivals` by those at `target` with `from <= time < to` over rows of shared
/// delay, in order of (time, row).
pub(super) fn gather_rows(
    target: &CompiledPopulation,
    sources: &impl Sources,
    window: (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    arrivals.clear();
    push_rows(target, sources, window, arrivals);
    sort(arrivals);
}

/// Replaces `arrivals` by those at one neuron of `target` with `from <= time < to`
/// over synapses of whatever delay, in order of (time, row).
pub(super) fn gather_neuron(
    target: &CompiledPopulation,
    neuron: usize,
    values: &[f64],
    sources: &impl Sources,
    window: (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    arrivals.clear();
    push_rows(target, sources, window, arrivals);
    push_synapses(target, neuron, values, sources, window, arrivals);
    sort(arrivals);
}

/// Replaces `arrivals` by those at one neuron of `target` over matrices and, as `lists` has them, over lists, in order of
/// (time, row).
pub(super) fn gather_with_lists(
    target: &CompiledPopulation,
    neuron: usize,
    (values, lists): (&[f64], &Lists),
    sources: &impl Sources,
    window: (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    arrivals.clear();
    push_rows(target, sources, window, arrivals);
    push_synapses(target, neuron, values, sources, window, arrivals);
    arrivals.extend_from_slice(lists.of(neuron));
    sort(arrivals);
}

/// Replaces `arrivals` by those at one neuron of `target` over synapses with a delay of
/// their own, in order of (time, row).
pub(super) fn gather_synapses(
    target: &CompiledPopulation,
    neuron: usize,
    values: &[f64],
    sources: &impl Sources,
    window: (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    arrivals.clear();
    push_synapses(target, neuron, values, sources, window, arrivals);
    sort(arrivals);
}

fn push_rows(
    target: &CompiledPopulation,
    sources: &impl Sources,
    (from, to): (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    for incoming in target.matrices() {
        let Some(delay) = incoming.shared_delay else {
            continue;
        };
        let spikes = incoming.spikes(sources);
        let first = spikes.times.partition_point(|time| time + delay < from);
        let last = spikes.times.partition_point(|time| time + delay < to);
        for ix in first..last {
            if let Some(row) = incoming.row(spikes.units[ix]) {
                arrivals.push(Arrival {
                    time: spikes.times[ix] + delay,
                    row: row as u32,
                    origin: ix as u32,
                });
            }
        }
    }
}

/// Calls `found(arrival, neuron)` for what arrives in a window over the projections that are lists.
pub(super) fn for_each_listed(
    target: &CompiledPopulation,
    values: &[f64],
    sources: &impl Sources,
    (from, to): (f64, f64),
    mut found: impl FnMut(Arrival, usize),
) {
    for incoming in &target.incoming {
        let Some(table) = &incoming.table else {
            continue;
        };
        let spikes = incoming.spikes(sources);
        let longest = incoming.longest_delay;
        // Of one delay what is in the window lies together.
        let shortest = incoming.shared_delay.unwrap_or(0.0);
        let first = spikes.times.partition_point(|time| time + longest < from);
        let last = spikes.times.partition_point(|time| time + shortest < to);
        for ix in first..last {
            for synapse in incoming.synapses(table, spikes.units[ix]) {
                let time = spikes.times[ix] + values[incoming.delay_of(synapse)];
                if time >= from && time < to {
                    let arrival = Arrival {
                        time,
                        row: (incoming.first_row + synapse) as u32,
                        origin: ix as u32,
                    };
                    found(arrival, table.target(synapse));
                }
            }
        }
    }
}

fn push_synapses(
    target: &CompiledPopulation,
    neuron: usize,
    values: &[f64],
    sources: &impl Sources,
    (from, to): (f64, f64),
    arrivals: &mut Vec<Arrival>,
) {
    for incoming in target.matrices().filter(|i| i.shared_delay.is_none()) {
        let spikes = incoming.spikes(sources);
        // The longest delay bounds from where to look; the exact test follows.
        let longest = incoming.longest_delay;
        let first = spikes.times.partition_point(|time| time + longest < from);
        let last = spikes.times.partition_point(|&time| time < to);
        for ix in first..last {
            let Some(row) = incoming.row(spikes.units[ix]) else {
                continue;
            };
            let time = spikes.times[ix] + values[target.delay_of(row, neuron)];
            if time >= from && time < to {
                arrivals.push(Arrival {
                    time,
                    row: row as u32,
                    origin: ix as u32,
                });
            }
        }
    }
}

/// Made of a sorted run for each projection, which a stable sort merges.
fn sort(arrivals: &mut [Arrival]) {
    let order = |arrival: &Arrival| u64::from(arrival.row) << 32 | u64::from(arrival.origin);
    arrivals.sort_by_key(|arrival| sort_key(arrival.time, order(arrival)));
}

/// A time, which is not negative, and then `order`, as one number: comparing it needs no branch.
pub(super) fn sort_key(time: f64, order: u64) -> u128 {
    u128::from(time.to_bits()) << 64 | u128::from(order)
}
