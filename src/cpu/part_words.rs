//! What a chunk of samples adds to the recording, from rank to rank.

use super::record::Part;
use super::words::{Words, put, put_numbers};
use super::workers::Wire;
use crate::event::Maximum;
use crate::network::{Network, PopulationId};

/// What of other ranks' samples is needed: all of it, or the spikes of some neurons.
pub(super) struct Seen {
    /// For each neuron whether all of its spikes are; of the others one in each chunk is, as it says that they fire. None where all
    /// spikes of all neurons are.
    neurons: Option<Vec<bool>>,
}

impl Seen {
    pub fn all() -> Self {
        Self { neurons: None }
    }

    pub fn only(network: &Network, populations: &[PopulationId]) -> Self {
        let mut neurons = vec![false; network.n_neurons()];
        for id in populations {
            // Of another network's populations this one has no spikes.
            if let Some(population) = network.populations().get(id.index()) {
                neurons[population.units()].fill(true);
            }
        }
        Self {
            neurons: Some(neurons),
        }
    }

    pub fn is_all(&self) -> bool {
        self.neurons.is_none()
    }

    /// Which of a part's spikes go.
    fn chosen(&self, part: &Part) -> Vec<bool> {
        let Some(seen) = &self.neurons else {
            return vec![true; part.neurons.len()];
        };
        let mut go = vec![true; seen.len()];
        // After its first spike a neuron goes on only where it is seen.
        let choose = |&neuron: &u32| {
            let neuron = neuron as usize;
            std::mem::replace(&mut go[neuron], seen[neuron])
        };
        part.neurons.iter().map(choose).collect()
    }
}

impl Wire<Part> for Seen {
    fn write(&self, part: &Part, words: &mut Vec<u64>) {
        words.push(part.fired as u64);
        let (ix, end) = part.runaway.unwrap_or_default();
        let is_runaway = u64::from(part.runaway.is_some());
        words.extend([is_runaway, ix as u64, end.to_bits()]);
        let chosen = self.chosen(part);
        let mut rest = &chosen[..];
        let counts = part.counts.iter().map(|&count| {
            let (own, others) = rest.split_at(count);
            rest = others;
            own.iter().filter(|&&goes| goes).count() as u64
        });
        put(words, counts);
        put_numbers(words, &part.ends);
        words.push(chosen.iter().filter(|&&goes| goes).count() as u64);
        for ix in (0..chosen.len()).filter(|&ix| chosen[ix]) {
            words.extend([
                part.times[ix].to_bits(),
                part.neurons[ix].into(),
                part.slopes[ix].to_bits(),
                part.release_slopes[ix].to_bits(),
            ]);
        }
        words.push(part.integrals.len() as u64);
        for ix in 0..part.integrals.len() {
            put_numbers(words, &part.integrals[ix]);
            put_numbers(words, &part.voltages[ix]);
            let maxima = &part.maxima[ix];
            words.push(maxima.len() as u64);
            let maxima = maxima.iter();
            words.extend(maxima.flat_map(|m| [m.voltage, m.time, m.slope].map(f64::to_bits)));
        }
    }

    fn read(&self, words: &mut Words<'_>) -> Option<Part> {
        let mut part = Part {
            fired: words.word()? as usize,
            ..Part::default()
        };
        let [is_runaway, ix, end] = [words.word()?, words.word()?, words.word()?];
        part.runaway = (is_runaway != 0).then(|| (ix as usize, f64::from_bits(end)));
        let counts = words.list()?.iter();
        part.counts = counts.map(|&count| count as usize).collect();
        part.ends = words.numbers()?;
        for _ in 0..words.word()? {
            part.times.push(f64::from_bits(words.word()?));
            part.neurons.push(words.word()? as u32);
            part.slopes.push(f64::from_bits(words.word()?));
            part.release_slopes.push(f64::from_bits(words.word()?));
        }
        for _ in 0..words.word()? {
            part.integrals.push(words.numbers()?);
            part.voltages.push(words.numbers()?);
            let mut maxima = Vec::new();
            for _ in 0..words.word()? {
                maxima.push(Maximum {
                    voltage: f64::from_bits(words.word()?),
                    time: f64::from_bits(words.word()?),
                    slope: f64::from_bits(words.word()?),
                });
            }
            part.maxima.push(maxima);
        }
        Some(part)
    }
}
