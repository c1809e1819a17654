//! Encoded samples and their classes.

use rand::{Rng, RngExt};

use crate::data::{Dataset, LatencyEncoder, SpikeTrains};
use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// Input spikes with one label per sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    inputs: SpikeBatch,
    labels: Vec<usize>,
    /// How many spikes were left out as they come after the end of a run.
    n_late: usize,
}

impl Samples {
    /// Puts spikes and labels together.
    ///
    /// # Errors
    /// Another number of labels than of samples, or no samples.
    pub fn new(inputs: SpikeBatch, labels: Vec<usize>) -> Result<Self> {
        if inputs.n_samples() == labels.len() && !labels.is_empty() {
            return Ok(Self {
                inputs,
                labels,
                n_late: 0,
            });
        }
        Err(Error::invalid(
            "number of labels",
            labels.len(),
            format!(
                "give one for each of the {} samples, and at least one",
                inputs.n_samples()
            ),
        ))
    }

    /// A data set as spikes.
    ///
    /// # Errors
    /// A feature that the encoder refuses, or a set without samples.
    pub fn encode(dataset: &Dataset, encoder: &LatencyEncoder) -> Result<Self> {
        Self::new(encoder.encode(dataset)?, dataset.labels().to_vec())
    }

    /// Spike trains as they are, up to the end of a run of `duration` ms: later spikes are left out and
    /// [counted](Self::n_late).
    ///
    /// # Errors
    /// A set without samples. Most spikes of the set, or all that a sample has, after the end: their times are likely in another unit.
    pub fn of(trains: &SpikeTrains, duration: f64) -> Result<Self> {
        let mut inputs = SpikeBatch::new();
        let refuse = |which: String, late: usize, all: usize| {
            let field =
                format!("number of {which} that come after the end of the run, {duration} ms,");
            let last = trains.last_spike();
            let remedy =
                format!("give times in ms (the last is {last}), or a duration that reaches them");
            Err(Error::invalid(field, format!("{late} of {all}"), remedy))
        };
        let name = trains.name();
        let mut emptied = None;
        for sample in 0..trains.n_samples() {
            let all = trains.spikes().sample(sample);
            let spikes: Vec<Spike> = all.filter(|spike| spike.time <= duration).collect();
            let n_spikes = trains.spikes().range(sample).len();
            if spikes.is_empty() && n_spikes > 0 {
                emptied.get_or_insert((sample, n_spikes));
            }
            inputs.push_sample(&spikes)?;
        }
        let all = trains.spikes().n_spikes();
        let n_late = all - inputs.n_spikes();
        if 2 * n_late > all {
            return refuse(format!("input spikes of {name}"), n_late, all);
        }
        if let Some((sample, n_spikes)) = emptied {
            return refuse(
                format!("input spikes of sample {sample} of {name}"),
                n_spikes,
                n_spikes,
            );
        }
        Ok(Self {
            n_late,
            ..Self::new(inputs, trains.labels().to_vec())?
        })
    }

    /// How many spikes were left out as they come after the end of a run.
    pub fn n_late(&self) -> usize {
        self.n_late
    }

    /// The input spikes.
    pub fn inputs(&self) -> &SpikeBatch {
        &self.inputs
    }

    /// The class of each sample.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// A CRC-32 of all spikes and labels with their number: other samples have another.
    pub fn digest(&self) -> String {
        let mut hasher = crc32fast::Hasher::new();
        let mut add = |words: &mut dyn Iterator<Item = u64>| {
            // In pieces: one call for each number would cost more than the sum.
            let mut buffer = Vec::with_capacity(1 << 13);
            for word in words {
                buffer.extend(word.to_le_bytes());
                if buffer.len() == buffer.capacity() {
                    hasher.update(&buffer);
                    buffer.clear();
                }
            }
            hasher.update(&buffer);
        };
        let counts = (0..self.n_samples()).map(|sample| self.inputs.range(sample).len() as u64);
        add(&mut std::iter::once(self.n_samples() as u64).chain(counts));
        add(&mut self.inputs.times().iter().map(|time| time.to_bits()));
        add(&mut self.inputs.units().iter().map(|&unit| u64::from(unit)));
        add(&mut self.labels.iter().map(|&label| label as u64));
        let n_spikes = self.inputs.n_spikes();
        format!(
            "crc32:{:08x} of {} samples, {n_spikes} spikes",
            hasher.finalize(),
            self.n_samples()
        )
    }

    /// The named samples, in that order.
    ///
    /// # Panics
    /// A sample that there is not.
    #[must_use]
    pub fn select(&self, samples: &[usize]) -> Self {
        Self {
            inputs: self.inputs.select(samples),
            labels: samples.iter().map(|&ix| self.labels[ix]).collect(),
            n_late: 0,
        }
    }

    /// The same samples without some of their spikes: each is left out with
    /// probability `share`, of its own.
    pub(super) fn drop_out(&self, share: f64, rng: &mut impl Rng) -> Result<Self> {
        let mut inputs = SpikeBatch::new();
        for sample in 0..self.n_samples() {
            let spikes = self.inputs.sample(sample);
            let kept: Vec<Spike> = spikes.filter(|_| rng.random::<f64>() >= share).collect();
            inputs.push_sample(&kept)?;
        }
        Self::new(inputs, self.labels.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::xor;

    #[test]
    fn dropout_takes_about_its_share_and_keeps_labels() -> Result<()> {
        use crate::data::{Stream, numbered_stream};
        let encoder = LatencyEncoder::new(0.0, 1.0)?.with_bias(0.5)?;
        let samples = Samples::encode(&xor(), &encoder)?.select(&[0, 1, 2, 3].repeat(100));
        let drop =
            |share, place| samples.drop_out(share, &mut numbered_stream(1, Stream::Dropout, place));
        let kept = drop(0.25, 0)?;
        assert_eq!(kept.labels(), samples.labels());
        let n = samples.inputs().n_spikes() as f64;
        let share = kept.inputs().n_spikes() as f64 / n;
        assert!((share - 0.75).abs() < 0.05, "{share}");
        assert_eq!(kept, drop(0.25, 0)?);
        assert_ne!(kept, drop(0.25, 1)?);
        assert_eq!(samples, drop(0.0, 0)?);
        Ok(())
    }

    #[test]
    fn selection_keeps_spikes_and_labels_together() -> Result<()> {
        let samples = Samples::encode(&xor(), &LatencyEncoder::new(0.0, 1.0)?)?;
        let picked = samples.select(&[3, 1]);
        assert_eq!(picked.labels(), [0, 1]);
        assert_eq!(picked.inputs().times(), [1.0, 1.0, 0.0, 1.0]);
        Ok(())
    }

    #[test]
    fn a_label_short_is_an_error() {
        let error = Samples::new(SpikeBatch::new(), vec![1]).expect_err("one label too many");
        assert!(
            error.to_string().contains("number of labels is 1"),
            "{error}"
        );
    }
}
