//! From a host's spikes to the device's stretches, and back to a recording.

use super::layout::{MAXIMUM_WORDS, NONE, Spike};
use super::schedule::Capacities;
use super::shown::{Shown, maximum};
use super::tables::Tables;
use crate::event::{ReadoutRecording, Recording, SpikeBatch};
use crate::network::Network;
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
    let groups = network.inputs();
    let mut most = vec![0; groups.len()];
    for sample in 0..inputs.n_samples() {
        let mut counts = vec![0; groups.len()];
        for spike in inputs.sample(sample) {
            counts[owner(groups.iter().map(|g| g.first_unit), spike.unit)] += 1;
        }
        for (most, count) in most.iter_mut().zip(counts) {
            *most = count.max(*most);
        }
    }
    most
}

/// The group that a unit belongs to, groups given by their first units.
fn owner(first_units: impl Iterator<Item = usize>, unit: usize) -> usize {
    first_units.take_while(|&first| first <= unit).count() - 1
}

/// What one slot's stretch holds, source by source, and its part of the table of windows.
pub(super) struct Stretch {
    pub sources: Vec<Vec<Spike>>,
    /// `[source][window, and one more]`.
    pub windows: Vec<u32>,
    /// For each neuron its first and last spike, as places in the stretch.
    pub heads: Vec<(u32, u32)>,
    /// For each spike of the recording's sample: its place in the stretch.
    pub places: Vec<u32>,
}

impl Stretch {
    /// A sample's input spikes, and nothing else.
    pub fn inputs(tables: &Tables, problem: &Problem<'_>, sample: usize) -> Self {
        let n_windows = tables.plan.n_windows();
        let mut stretch = Self {
            sources: vec![Vec::new(); tables.sources.len()],
            windows: vec![0; tables.sources.len() * (n_windows + 1)],
            heads: vec![(NONE, NONE); tables.neurons.len()],
            places: Vec::new(),
        };
        let n_inputs = problem.network.inputs().len();
        let firsts = || {
            tables.sources[..n_inputs]
                .iter()
                .map(|source| source.first_unit)
        };
        for spike in problem.inputs.sample(sample) {
            let source = owner(firsts(), spike.unit);
            let (window, time) = place(tables, spike.time, false);
            let unit = (spike.unit - tables.sources[source].first_unit) as u32;
            stretch.sources[source].push(Spike {
                time,
                window,
                unit,
                ..Spike::default()
            });
        }
        stretch.count_windows(n_windows);
        stretch
    }

    /// A sample's input spikes and what the recording says that its neurons did.
    pub fn recorded(
        tables: &Tables,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
    ) -> Self {
        let mut stretch = Self::inputs(tables, problem, sample);
        let n_inputs = problem.network.inputs().len();
        let firsts = || {
            tables.sources[n_inputs..]
                .iter()
                .map(|source| source.first_unit)
        };
        for ix in recording.range(sample) {
            let neuron = recording.neurons()[ix] as usize;
            let source = n_inputs + owner(firsts(), neuron);
            let table = &tables.sources[source];
            let (window, time) = place(tables, recording.times()[ix], true);
            let place = table.base + stretch.sources[source].len() as u32;
            let (first, last) = &mut stretch.heads[neuron];
            let previous = *last;
            if *first == NONE {
                *first = place;
            } else {
                let at = (previous - table.base) as usize;
                stretch.sources[source][at].next = place;
            }
            *last = place;
            stretch.places.push(place);
            stretch.sources[source].push(Spike {
                time,
                window,
                unit: (neuron - table.first_unit) as u32,
                slope: recording.slopes()[ix] as f32,
                release_slope: recording.release_slopes()[ix] as f32,
                previous,
                next: NONE,
                remainder: recording.remainders.get(ix).copied().unwrap_or(0.0),
            });
        }
        stretch.count_windows(tables.plan.n_windows());
        stretch
    }

    fn count_windows(&mut self, n_windows: usize) {
        for (source, spikes) in self.sources.iter().enumerate() {
            let row = &mut self.windows[source * (n_windows + 1)..][..n_windows + 1];
            for (window, start) in row.iter_mut().enumerate() {
                *start = spikes.partition_point(|spike| (spike.window as usize) < window) as u32;
            }
        }
    }
}

/// How many spikes each population fired at most in one of the recorded samples.
pub(super) fn recorded_capacities(network: &Network, recording: &Recording) -> Vec<u32> {
    let populations = network.populations();
    let mut most = vec![0; populations.len()];
    for sample in 0..recording.n_samples() {
        let mut counts = vec![0; populations.len()];
        for &neuron in &recording.neurons()[recording.range(sample)] {
            counts[owner(populations.iter().map(|p| p.first_unit), neuron as usize)] += 1;
        }
        for (most, count) in most.iter_mut().zip(counts) {
            *most = count.max(*most);
        }
    }
    most
}

/// What a chunk left on the device.
pub(super) struct Harvest {
    pub spikes: Vec<Spike>,
    pub windows: Vec<u32>,
    pub observed: Vec<f32>,
}

impl Harvest {
    /// What a population fired in a slot.
    pub fn fired(&self, tables: &Tables, slot: usize, source: usize) -> &[Spike] {
        let row = tables.plan.n_windows() + 1;
        let n = self.windows[(slot * tables.sources.len() + source) * row + row - 1] as usize;
        let first = slot * tables.stretch() as usize + tables.sources[source].base as usize;
        &self.spikes[first..first + n]
    }

    /// How many spikes a slot fired.
    pub fn n_fired(&self, tables: &Tables, slot: usize) -> usize {
        let sources = tables.n_inputs()..tables.sources.len();
        sources
            .map(|source| self.fired(tables, slot, source).len())
            .sum()
    }
}

/// Appends a chunk's samples to a recording. `fired(slot, source)` gives a population's spikes in order of time, `observed` what
/// readouts showed. Returns, for each spike, its place in its slot's stretch.
pub(super) fn append<'h>(
    recording: &mut Recording,
    tables: &Tables,
    problem: &Problem<'_>,
    fired: impl Fn(usize, usize) -> &'h [Spike],
    observed: &[f32],
    n_slots: usize,
) -> Vec<u32> {
    let mut places = Vec::new();
    let mut found: Vec<(f64, u32, u32, &Spike)> = Vec::new();
    for slot in 0..n_slots {
        found.clear();
        for (source, table) in tables.sources.iter().enumerate().skip(tables.n_inputs()) {
            for (place, spike) in (table.base..).zip(fired(slot, source)) {
                let start = tables.plan.bounds(spike.window as usize).0;
                let unit = table.first_unit as u32 + spike.unit;
                found.push((start + f64::from(spike.time), unit, place, spike));
            }
        }
        // Each source's spikes are sorted already: a stable sort merges them.
        found.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        for &(time, unit, place, spike) in &found {
            places.push(place);
            recording.times.push(time);
            recording.remainders.push(spike.remainder);
            recording.neurons.push(unit);
            recording.slopes.push(f64::from(spike.slope));
            recording
                .release_slopes
                .push(f64::from(spike.release_slope));
        }
        recording.offsets.push(recording.times.len());
        recording.ends.push(problem.options.duration);
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
        spikes,
        patience: 1,
    }
}

/// Room for one of everything but inputs, which are known.
pub(super) fn least_capacities(network: &Network, inputs: &[u32]) -> Capacities {
    let mut spikes = inputs.to_vec();
    spikes.extend(network.populations().iter().map(|_| 1));
    Capacities {
        spikes,
        fired: 1,
        arrivals: 1,
        patience: 1,
    }
}
