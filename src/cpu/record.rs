//! From the samples of a simulation to the recording.

use super::compiled::Compiled;
use super::sample::{Sample, SpikeColumns};
use crate::event::{Fingerprint, Maximum, ReadoutRecording, Recording, Share};

/// What a chunk of samples adds to the recording.
#[derive(Default)]
pub(super) struct Part {
    pub times: Vec<f64>,
    pub neurons: Vec<u32>,
    pub slopes: Vec<f64>,
    pub release_slopes: Vec<f64>,
    /// Spikes of each sample.
    pub counts: Vec<usize>,
    pub ends: Vec<f64>,
    /// For each population: what its readouts did; empty where it fires.
    pub integrals: Vec<Vec<f64>>,
    pub voltages: Vec<Vec<f64>>,
    pub maxima: Vec<Vec<Maximum>>,
    /// How many spikes its samples have fired, be they above or not.
    pub fired: usize,
    /// The first sample of the chunk that passed its spike budget, and when.
    pub runaway: Option<(usize, f64)>,
}

impl Part {
    /// Lays samples end to end, each sample's spikes in order of (time, neuron).
    pub fn new(samples: &[Sample<'_>]) -> Self {
        let n_spikes = samples.iter().map(Sample::n_spikes).sum();
        let runaway = samples.iter().position(|sample| sample.is_runaway);
        if let Some(ix) = runaway {
            return Self {
                fired: n_spikes,
                runaway: Some((ix, samples[ix].end)),
                ..Self::default()
            };
        }
        let mut part = Self {
            fired: n_spikes,
            times: Vec::with_capacity(n_spikes),
            neurons: Vec::with_capacity(n_spikes),
            slopes: Vec::with_capacity(n_spikes),
            release_slopes: Vec::with_capacity(n_spikes),
            ..Self::default()
        };
        let mut next = Vec::new();
        for sample in samples {
            part.counts.push(sample.n_spikes());
            part.ends.push(sample.end);
            part.merge(sample, &mut next);
        }
        let n_populations = samples.first().map_or(0, |sample| sample.spikes.len());
        for population in 0..n_populations {
            let integrals = samples.iter().flat_map(|s| &s.integrals[population]);
            part.integrals.push(integrals.copied().collect());
            let voltages = samples.iter().flat_map(|s| &s.voltages[population]);
            part.voltages.push(voltages.copied().collect());
            let maxima = samples.iter().flat_map(|s| &s.maxima[population]);
            part.maxima.push(maxima.copied().collect());
        }
        part
    }

    /// Appends a sample's spikes, run by run; each population's are in order already.
    fn merge(&mut self, sample: &Sample<'_>, next: &mut Vec<usize>) {
        // The bits of times, which are not negative, are in the order of the times.
        let order = |spikes: &SpikeColumns, ix: usize| {
            Some((spikes.times.get(ix)?.to_bits(), spikes.units[ix]))
        };
        next.clear();
        next.resize(sample.spikes.len(), 0);
        loop {
            let mut earliest = None;
            // The first of the other populations' next spikes.
            let mut limit: Option<(u64, u32)> = None;
            for (population, (spikes, &ix)) in sample.spikes.iter().zip(&*next).enumerate() {
                let Some(head) = order(spikes, ix) else {
                    continue;
                };
                match earliest {
                    Some((first, _)) if first < head => {
                        limit = Some(limit.map_or(head, |limit| limit.min(head)));
                    }
                    _ => {
                        limit = earliest.map(|(first, _)| first);
                        earliest = Some((head, population));
                    }
                }
            }
            let Some((_, population)) = earliest else {
                return;
            };
            let (spikes, begin) = (&sample.spikes[population], next[population]);
            let is_before = |&ix: &usize| {
                let next = order(spikes, ix);
                limit.is_none_or(|limit| next.is_some_and(|next| next < limit))
            };
            let run = (begin + 1..spikes.len()).take_while(is_before);
            let end = begin + 1 + run.count();
            self.times.extend_from_slice(&spikes.times[begin..end]);
            self.neurons.extend_from_slice(&spikes.units[begin..end]);
            self.slopes.extend_from_slice(&spikes.slopes[begin..end]);
            let slopes = &spikes.release_slopes[begin..end];
            self.release_slopes.extend_from_slice(slopes);
            next[population] = end;
        }
    }
}

/// Lays the parts of all chunks, end to end; of the samples of `share` alone there are all spikes, or of every sample.
pub(super) fn recording(
    compiled: &Compiled<'_>,
    parts: &[Part],
    made_of: Fingerprint,
    share: Option<Share>,
) -> Recording {
    let options = compiled.problem.options;
    let mut offsets = vec![0];
    let mut end = 0;
    for count in parts.iter().flat_map(|part| &part.counts) {
        end += count;
        offsets.push(end);
    }
    let readouts = compiled.populations.iter().enumerate();
    let readouts = readouts.filter(|(_, population)| !population.is_spiking);
    Recording {
        offsets,
        times: concatenate(parts, |part| &part.times),
        neurons: concatenate(parts, |part| &part.neurons),
        slopes: concatenate(parts, |part| &part.slopes),
        release_slopes: concatenate(parts, |part| &part.release_slopes),
        ends: concatenate(parts, |part| &part.ends),
        duration: options.duration,
        voltage_times: options.voltage_times.clone(),
        readouts: readouts
            .map(|(population, _)| ReadoutRecording {
                population,
                integrals: concatenate(parts, |part| &part.integrals[population]),
                voltages: concatenate(parts, |part| &part.voltages[population]),
                maxima: concatenate(parts, |part| &part.maxima[population]),
            })
            .collect(),
        made_of: Some(made_of),
        share,
        ..Recording::default()
    }
}

fn concatenate<'a, T: Copy + 'a>(parts: &'a [Part], of: impl Fn(&'a Part) -> &'a Vec<T>) -> Vec<T> {
    let slices: Vec<&[T]> = parts.iter().map(|part| of(part).as_slice()).collect();
    slices.concat()
}
