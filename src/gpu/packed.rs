//! Spikes on their way to the device: packed on the host, spread over the slots' stretches by kernels.
//!
//! A stretch has room between one source's spikes and the next's, so that writing it would be writing room, or a call for each source
//! of each slot. `shaders/packed.wgsl` has the same order.

use super::layout::{INPUT_WORDS, NONE, RECORDED_WORDS, Spike};
use super::record::{count, owner, place};
use super::tables::{SourceTable, Tables};
use super::threads::in_parts;
use crate::event::Recording;
use crate::problem::Problem;

/// Which word of a recorded spike is the same neuron's next.
const NEXT: usize = 5;

/// What the neurons of a sample did, beside its inputs, and the derivatives by its spikes' times, one for each.
pub(super) struct Recorded<'a> {
    pub recording: &'a Recording,
    pub by_time: Option<&'a [f64]>,
}

/// The spikes of some slots, packed.
pub(super) struct Packed {
    /// Where each window's spikes begin, `[slot x source x (window, and one more)]`.
    pub windows: Vec<u32>,
    /// For each slot and source where its spikes begin, and then these.
    pub words: Vec<u32>,
    /// How many each source has in a slot, at most.
    pub most: Vec<u32>,
}

/// One slot on its way.
struct Slot<'a> {
    sample: usize,
    /// For each source where its spikes begin among `words`.
    firsts: Vec<usize>,
    words: &'a mut [u32],
    windows: &'a mut [u32],
}

impl Packed {
    /// Those of samples, a slot for each: inputs, and what is recorded of neurons where that is given.
    pub fn new(
        tables: &Tables,
        problem: &Problem<'_>,
        samples: &[usize],
        recorded: Option<&Recorded<'_>>,
    ) -> Self {
        let n_sources = tables.sources.len();
        let n_inputs = tables.n_inputs();
        let units = Units::new(tables);
        let counts = counts(&units, problem, samples, recorded);
        let words_of = |source: usize| match source < n_inputs {
            true => INPUT_WORDS,
            false => RECORDED_WORDS,
        };
        let mut head = Vec::with_capacity(counts.len());
        let mut most = vec![0; n_sources];
        let mut next = counts.len();
        for of_slot in counts.chunks_exact(n_sources.max(1)) {
            for (source, &count) in of_slot.iter().enumerate() {
                head.push(next as u32);
                next += (count * words_of(source)) as usize;
                most[source] = count.max(most[source]);
            }
        }
        let mut words = head.clone();
        words.resize(next, 0);
        let row = n_sources * (tables.plan.n_windows() + 1);
        let mut windows = vec![0; samples.len() * row];
        let mut rest = &mut words[counts.len()..];
        let mut slots = Vec::with_capacity(samples.len());
        let of_slots = head.chunks_exact(n_sources.max(1));
        for ((&sample, head), windows) in samples.iter().zip(of_slots).zip(windows.chunks_mut(row))
        {
            let own = &counts[slots.len() * n_sources..][..n_sources];
            let n_words = own.iter().enumerate();
            let n_words: u32 = n_words.map(|(source, n)| n * words_of(source)).sum();
            let (words, others) = rest.split_at_mut(n_words as usize);
            rest = others;
            let firsts = head.iter().map(|first| (first - head[0]) as usize);
            slots.push(Slot {
                sample,
                firsts: firsts.collect(),
                words,
                windows,
            });
        }
        let n_spikes: u32 = counts.iter().sum();
        in_parts(n_spikes as usize, slots, |slots| {
            for mut slot in slots {
                slot.pack_inputs(tables, &units, problem);
                if let Some(recorded) = recorded {
                    slot.pack_recorded(tables, &units, recorded);
                }
                slot.add_windows_up(tables);
            }
        });
        Self {
            windows,
            words,
            most,
        }
    }
}

impl Packed {
    /// The spikes of the first slot as the device has them, source by source.
    pub fn spikes(&self, tables: &Tables) -> Vec<Vec<Spike>> {
        let row = tables.plan.n_windows() + 1;
        let of_source = |(source, table): (usize, &SourceTable)| {
            let starts = &self.windows[source * row..][..row];
            let n_words = if table.is_input {
                INPUT_WORDS
            } else {
                RECORDED_WORDS
            };
            let words = self.words[self.words[source] as usize..].chunks_exact(n_words as usize);
            let spikes = (0..starts[row - 1]).zip(words).map(|(number, words)| {
                let word = |ix: usize| words.get(ix).copied().unwrap_or(0);
                let float = |ix: usize| f32::from_bits(word(ix));
                Spike {
                    time: float(0),
                    window: starts.partition_point(|&start| start <= number) as u32 - 1,
                    unit: word(1),
                    slope: float(2),
                    release_slope: float(3),
                    previous: word(4),
                    next: word(NEXT),
                    remainder: float(6),
                }
            });
            spikes.collect()
        };
        tables.sources.iter().enumerate().map(of_source).collect()
    }
}

/// How many spikes each source has, `[slot x source]`.
fn counts(
    units: &Units,
    problem: &Problem<'_>,
    samples: &[usize],
    recorded: Option<&Recorded<'_>>,
) -> Vec<u32> {
    let n_inputs = units.inputs.len();
    let n_sources = n_inputs + units.neurons.len();
    let of = |sample: usize| {
        let mut counts = vec![0; n_sources];
        let own = &problem.inputs.units()[problem.inputs.range(sample)];
        count(&units.inputs, own, &mut counts[..n_inputs]);
        if let Some(Recorded { recording, .. }) = recorded {
            let own = &recording.neurons()[recording.range(sample)];
            count(&units.neurons, own, &mut counts[n_inputs..]);
        }
        counts
    };
    let n_spikes = recorded.map_or(0, |recorded| recorded.recording.n_spikes());
    let counted = in_parts(n_spikes, samples.to_vec(), |samples| {
        samples.into_iter().flat_map(of).collect::<Vec<u32>>()
    });
    counted.concat()
}

/// The first unit of each input, and the first neuron of each population.
struct Units {
    inputs: Vec<usize>,
    neurons: Vec<usize>,
}

impl Units {
    fn new(tables: &Tables) -> Self {
        let (inputs, populations) = tables.sources.split_at(tables.n_inputs());
        let firsts = |sources: &[SourceTable]| sources.iter().map(|s| s.first_unit).collect();
        Self {
            inputs: firsts(inputs),
            neurons: firsts(populations),
        }
    }
}

impl Slot<'_> {
    fn pack_inputs(&mut self, tables: &Tables, units: &Units, problem: &Problem<'_>) {
        let Units { inputs, .. } = units;
        let mut next = self.firsts.clone();
        for spike in problem.inputs.sample(self.sample) {
            let source = owner(inputs, spike.unit);
            let (window, time) = place(tables, spike.time, false);
            let unit = spike.unit - inputs[source];
            let words = &mut self.words[next[source]..][..INPUT_WORDS as usize];
            words.copy_from_slice(&[time.to_bits(), unit as u32]);
            next[source] += INPUT_WORDS as usize;
            self.count(tables, source, window);
        }
    }

    fn pack_recorded(&mut self, tables: &Tables, units: &Units, recorded: &Recorded<'_>) {
        let Recorded { recording, by_time } = recorded;
        let Units { inputs, neurons } = units;
        let mut next = self.firsts.clone();
        // Where a neuron's latest spike lies in the stretch, and where among the words.
        let mut latest = vec![(NONE, 0); tables.neurons.len()];
        for ix in recording.range(self.sample) {
            let neuron = recording.neurons()[ix] as usize;
            let population = owner(neurons, neuron);
            let source = inputs.len() + population;
            let (window, time) = place(tables, recording.times()[ix], true);
            let at = next[source];
            let number = (at - self.firsts[source]) / RECORDED_WORDS as usize;
            let place = tables.sources[source].base + number as u32;
            let (previous, of_previous) = std::mem::replace(&mut latest[neuron], (place, at));
            if previous != NONE {
                self.words[of_previous + NEXT] = place;
            }
            let remainder = recording.remainders.get(ix).copied().unwrap_or(0.0);
            let by_time = by_time.map_or(0.0, |by_time| by_time[ix] as f32);
            self.words[at..][..RECORDED_WORDS as usize].copy_from_slice(&[
                time.to_bits(),
                (neuron - neurons[population]) as u32,
                (recording.slopes()[ix] as f32).to_bits(),
                (recording.release_slopes()[ix] as f32).to_bits(),
                previous,
                NONE,
                remainder.to_bits(),
                by_time.to_bits(),
            ]);
            next[source] += RECORDED_WORDS as usize;
            self.count(tables, source, window);
        }
    }

    /// Counts a spike, where the window after its own begins.
    fn count(&mut self, tables: &Tables, source: usize, window: u32) {
        self.windows[source * (tables.plan.n_windows() + 1) + window as usize + 1] += 1;
    }

    fn add_windows_up(&mut self, tables: &Tables) {
        for of_source in self.windows.chunks_exact_mut(tables.plan.n_windows() + 1) {
            let mut sum = 0;
            for start in of_source {
                sum += *start;
                *start = sum;
            }
        }
    }
}
