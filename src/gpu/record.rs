//! From a host's spikes to the device's stretches, and back to a recording.

use super::layout::{MAXIMUM_WORDS, Spike};
use super::packed::{Packed, Recorded};
use super::schedule::Capacities;
use super::shown::{Shown, maximum};
use super::tables::Tables;
use super::threads::in_parts;
use crate::event::{ReadoutRecording, Recording, SpikeBatch};
use crate::network::{Network, PopulationId, Source};
use crate::problem::Problem;

/// A time as the window that it lies in and the time since that window's start.
pub(super) fn place(tables: &Tables, time: f64, is_end_inside: bool) -> (u32, f32) {
    let plan = &tables.plan;
    let last = plan.n_windows() - 1;
    let mut window = ((time / plan.window()) as usize).min(last);
    let is_before = |start: f64| time < start || (is_end_inside && time == start);
    while window > 0 && is_before(plan.bounds(window).0) {
        window -= 1;
    }
    while window < last && !is_before(plan.bounds(window).1) {
        window += 1;
    }
    (window as u32, (time - plan.bounds(window).0) as f32)
}

/// How many spikes each input brings at most in one of the samples.
pub(super) fn input_capacities(network: &Network, inputs: &SpikeBatch) -> Vec<u32> {
    let firsts: Vec<usize> = network.inputs().iter().map(|g| g.first_unit).collect();
    let units = inputs.units();
    most(&firsts, inputs.n_samples(), units.len(), |sample| {
        &units[inputs.range(sample)]
    })
}

/// How many spikes each population fired at most in one of the recorded samples.
pub(super) fn recorded_capacities(network: &Network, recording: &Recording) -> Vec<u32> {
    let populations = network.populations().iter();
    let firsts: Vec<usize> = populations.map(|p| p.first_unit).collect();
    let neurons = recording.neurons();
    most(&firsts, recording.n_samples(), neurons.len(), |sample| {
        &neurons[recording.range(sample)]
    })
}

/// How many spikes each group has at most in a sample, of groups given by their first units; `of` gives the units of a sample's.
fn most<'a>(
    firsts: &[usize],
    n_samples: usize,
    n_spikes: usize,
    of: impl Fn(usize) -> &'a [u32] + Sync,
) -> Vec<u32> {
    let parts = in_parts(n_spikes, (0..n_samples).collect(), |samples| {
        let mut most = vec![0; firsts.len()];
        let mut counts = most.clone();
        for sample in samples {
            counts.fill(0);
            count(firsts, of(sample), &mut counts);
            raise(&mut most, &counts);
        }
        most
    });
    let mut most = vec![0; firsts.len()];
    parts.iter().for_each(|part| raise(&mut most, part));
    most
}

fn raise(most: &mut [u32], others: &[u32]) {
    for (most, &other) in most.iter_mut().zip(others) {
        *most = other.max(*most);
    }
}

/// Adds how many of these units each group has, of groups given by their first units.
pub(super) fn count(firsts: &[usize], units: &[u32], counts: &mut [u32]) {
    if let [only] = counts {
        *only += units.len() as u32;
        return;
    }
    for &unit in units {
        counts[owner(firsts, unit as usize)] += 1;
    }
}

/// The group that a unit belongs to, groups given by their first units.
pub(super) fn owner(firsts: &[usize], unit: usize) -> usize {
    firsts.partition_point(|&first| first <= unit) - 1
}

/// What one slot's stretch holds, source by source, and its part of the table of windows.
pub(super) struct Stretch {
    pub sources: Vec<Vec<Spike>>,
    /// For each spike of the recording's sample: its place in the stretch.
    pub places: Vec<u32>,
}

impl Stretch {
    /// A sample's input spikes and what the recording says that its neurons did.
    pub fn recorded(
        tables: &Tables,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
    ) -> Self {
        let recorded = Recorded {
            recording,
            by_time: None,
        };
        let packed = Packed::new(tables, problem, &[sample], Some(&recorded));
        let firsts: Vec<usize> = tables.sources.iter().map(|s| s.first_unit).collect();
        let firsts = &firsts[tables.n_inputs()..];
        let mut next: Vec<u32> = tables.sources.iter().map(|s| s.base).collect();
        let places = recording.neurons()[recording.range(sample)].iter();
        let places = places.map(|&neuron| {
            let place = &mut next[tables.n_inputs() + owner(firsts, neuron as usize)];
            *place += 1;
            *place - 1
        });
        Self {
            places: places.collect(),
            sources: packed.spikes(tables),
        }
    }
}

/// The spikes of samples that follow one another, as a recording has them, and for each its place in its slot's stretch.
#[derive(Default)]
struct Part {
    counts: Vec<usize>,
    times: Vec<f64>,
    remainders: Vec<f32>,
    neurons: Vec<u32>,
    slopes: Vec<f64>,
    release_slopes: Vec<f64>,
    places: Vec<u32>,
}

impl Part {
    /// Those of slots; `fired(slot, source)` gives a population's spikes in order of time.
    fn new<I: Iterator<Item = Spike>>(
        tables: &Tables,
        slots: &[usize],
        fired: impl Fn(usize, usize) -> I,
    ) -> Self {
        let mut part = Self::default();
        let mut found: Vec<(f64, u32, u32)> = Vec::new();
        let mut spikes: Vec<(u32, Spike)> = Vec::new();
        for &slot in slots {
            found.clear();
            spikes.clear();
            for (source, table) in tables.sources.iter().enumerate().skip(tables.n_inputs()) {
                for (place, spike) in (table.base..).zip(fired(slot, source)) {
                    let start = tables.plan.bounds(spike.window as usize).0;
                    let unit = table.first_unit as u32 + spike.unit;
                    found.push((start + f64::from(spike.time), unit, spikes.len() as u32));
                    spikes.push((place, spike));
                }
            }
            // Each source's spikes are sorted already: a stable sort merges them.
            found.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            part.counts.push(found.len());
            part.times.extend(found.iter().map(|&(time, ..)| time));
            part.neurons.extend(found.iter().map(|&(_, unit, _)| unit));
            let spikes = found.iter().map(|&(.., ix)| &spikes[ix as usize]);
            for (place, spike) in spikes {
                part.places.push(*place);
                part.remainders.push(spike.remainder);
                part.slopes.push(f64::from(spike.slope));
                part.release_slopes.push(f64::from(spike.release_slope));
            }
        }
        part
    }
}

/// Appends a chunk's samples to a recording, `n_spikes` of them or about as many. `fired(slot, source)` gives a population's spikes in
/// order of time, `observed` what readouts showed. Returns, for each spike, its place in its slot's stretch.
pub(super) fn append<I: Iterator<Item = Spike>>(
    recording: &mut Recording,
    tables: &Tables,
    problem: &Problem<'_>,
    (n_slots, n_spikes): (usize, usize),
    fired: impl Fn(usize, usize) -> I + Sync,
    observed: &[f32],
) -> Vec<u32> {
    let parts = in_parts(n_spikes, (0..n_slots).collect(), |slots| {
        Part::new(tables, &slots, &fired)
    });
    let mut places = Vec::with_capacity(n_spikes);
    for part in parts {
        for count in part.counts {
            let end = recording.offsets.last().copied().unwrap_or(0) + count;
            recording.offsets.push(end);
            recording.ends.push(problem.options.duration);
        }
        recording.times.extend(part.times);
        recording.remainders.extend(part.remainders);
        recording.neurons.extend(part.neurons);
        recording.slopes.extend(part.slopes);
        recording.release_slopes.extend(part.release_slopes);
        places.extend(part.places);
    }
    append_readouts(recording, tables, problem, observed, n_slots);
    places
}

fn append_readouts(
    recording: &mut Recording,
    tables: &Tables,
    problem: &Problem<'_>,
    observed: &[f32],
    n_slots: usize,
) {
    let shown = Shown::new(problem.options);
    let n_readouts = tables.n_readouts as usize;
    let places = &observed[n_slots * n_readouts * shown.n_shown()..];
    let readouts = tables
        .populations
        .iter()
        .enumerate()
        .filter(|(_, table)| !table.is_spiking);
    for (ix, (population, table)) in readouts.enumerate() {
        if recording.readouts.len() == ix {
            recording.readouts.push(ReadoutRecording {
                population,
                integrals: Vec::new(),
                voltages: Vec::new(),
                maxima: Vec::new(),
            });
        }
        let readout = &mut recording.readouts[ix];
        for slot in 0..n_slots {
            let row = |neuron: u32| slot * n_readouts + (table.readout + neuron) as usize;
            let value =
                |neuron: u32, column: usize| observed[row(neuron) * shown.n_shown() + column];
            let values =
                |column: usize| (0..table.size).map(move |neuron| f64::from(value(neuron, column)));
            readout.integrals.extend(values(0));
            for time in 0..shown.n_times {
                readout.voltages.extend(values(1 + time));
            }
            if let Some(column) = shown.maximum() {
                let words = MAXIMUM_WORDS as usize;
                readout.maxima.extend((0..table.size).map(|neuron| {
                    let place = &places[row(neuron) * words..][..words];
                    maximum(tables, value(neuron, column), place)
                }));
            }
        }
    }
}

/// A first guess of how much room a run needs.
pub(super) fn first_capacities(network: &Network, inputs: &[u32]) -> Capacities {
    let mut spikes = inputs.to_vec();
    // What is too much to count is refused with the tables.
    let fired = |size: usize| u32::try_from(2 * size + 32).unwrap_or(u32::MAX);
    spikes.extend(
        network
            .populations()
            .iter()
            .map(|population| match population.is_spiking() {
                true => fired(population.size),
                false => 0,
            }),
    );
    let arrivals = spikes
        .iter()
        .fold(1, |n: u32, &more| n.saturating_add(more));
    Capacities {
        fired: spikes.iter().copied().max().unwrap_or(1),
        arrivals,
        own_arrivals: first_own_arrivals(network, &spikes),
        spikes,
        patience: 1,
    }
}

/// A first guess of how many arrivals reach a neuron that has a list of its own, where sources have so many spikes, inputs first.
fn first_own_arrivals(network: &Network, spikes: &[u32]) -> u32 {
    let onto = |id: PopulationId| {
        let each = network.incoming(id).map(|projection| {
            let connection = &network.connections()[projection.0];
            let source = match connection.source {
                Source::Input(input) => input.0,
                Source::Population(population) => network.inputs().len() + population.index(),
            };
            let pairs = connection.source_size as f64 * connection.target_size as f64;
            f64::from(spikes[source]) * connection.n_synapses() as f64 / pairs.max(1.0)
        });
        each.sum::<f64>()
    };
    let most = network.population_ids().map(onto).fold(0.0, f64::max);
    // Some neuron has more than others.
    (1.5 * most).ceil() as u32 + 16
}

/// Room for one of everything but inputs, which are known.
pub(super) fn least_capacities(network: &Network, inputs: &[u32]) -> Capacities {
    let mut spikes = inputs.to_vec();
    spikes.extend(network.populations().iter().map(|_| 1));
    Capacities {
        spikes,
        fired: 1,
        arrivals: 1,
        own_arrivals: 1,
        patience: 1,
    }
}
