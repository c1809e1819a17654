//! A batch of samples' spikes in compressed form.

use super::Spike;
use crate::{Error, Result};

/// The input spikes of a batch of samples, each sample's in time order.
///
/// Samples lie one after another in flat arrays; `offsets` (`len = samples + 1`)
/// says where each begins. A unit is an input channel, counted over all of the
/// network's inputs in the order in which they were added.
///
/// ```
/// use spikefront::event::{Spike, SpikeBatch};
///
/// let mut batch = SpikeBatch::new();
/// // Spike by spike, in order of time (ms) ...
/// batch.push_sample(&[Spike { unit: 3, time: 0.5 }, Spike { unit: 0, time: 2.0 }])?;
/// // ... or the times of each channel: the first twice, the second once, the third never.
/// batch.push_channels(&[vec![1.0, 4.0], vec![2.5], vec![]])?;
/// assert_eq!(batch.n_samples(), 2);
/// let second: Vec<Spike> = batch.sample(1).collect();
/// assert_eq!(second[1], Spike { unit: 1, time: 2.5 });
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeBatch {
    offsets: Vec<usize>,
    times: Vec<f64>,
    units: Vec<u32>,
    /// No spike is later, in ms, and none has a larger unit: so that a problem need not look at each.
    latest: f64,
    largest_unit: u32,
    /// Until when spikes of the network's own generators and drives are among them, in ms.
    complete_until: Option<f64>,
}

impl Default for SpikeBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl SpikeBatch {
    /// A batch without samples; add them with [`push_sample`](Self::push_sample).
    pub fn new() -> Self {
        Self {
            offsets: vec![0],
            times: Vec::new(),
            units: Vec::new(),
            latest: 0.0,
            largest_unit: 0,
            complete_until: None,
        }
    }

    /// Adds a sample.
    ///
    /// # Errors
    /// A time that is negative or not finite, or a spike earlier than the one before it.
    pub fn push_sample(&mut self, spikes: &[Spike]) -> Result<()> {
        let sample = self.n_samples();
        let mut previous = 0.0;
        for (ix, spike) in spikes.iter().enumerate() {
            let field = || format!("time of spike {ix} of sample {sample}");
            if !spike.time.is_finite() || spike.time < 0.0 {
                return Err(Error::invalid(
                    field(),
                    spike.time,
                    "give a finite time in ms, zero or later",
                ));
            }
            if spike.time < previous {
                return Err(Error::invalid(
                    field(),
                    spike.time,
                    format!("sort each sample by time: the spike before it is at {previous} ms"),
                ));
            }
            if u32::try_from(spike.unit).is_err() {
                return Err(Error::invalid(
                    format!("unit of spike {ix} of sample {sample}"),
                    spike.unit,
                    "use a channel number below 2^32",
                ));
            }
            previous = spike.time;
        }
        for spike in spikes {
            self.times.push(spike.time);
            self.units.push(spike.unit as u32);
            self.largest_unit = self.largest_unit.max(spike.unit as u32);
        }
        self.latest = self.latest.max(previous);
        self.offsets.push(self.times.len());
        self.complete_until = None;
        Ok(())
    }

    /// Adds a sample given as one list of times per channel, sorting them by (time, channel).
    ///
    /// # Errors
    /// A time that is negative or not finite.
    pub fn push_channels(&mut self, channels: &[Vec<f64>]) -> Result<()> {
        let mut spikes: Vec<Spike> = channels
            .iter()
            .enumerate()
            .flat_map(|(unit, times)| times.iter().map(move |&time| Spike { unit, time }))
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
        self.push_sample(&spikes)
    }

    /// Whether [`Network::complete_inputs`](crate::network::Network::complete_inputs) has added the network's own spikes.
    pub fn is_complete(&self) -> bool {
        self.complete_until.is_some()
    }

    /// Until when the network's own spikes are there, in ms; `None` where they are not.
    pub fn complete_until(&self) -> Option<f64> {
        self.complete_until
    }

    pub(crate) fn set_complete(&mut self, until: f64) {
        self.complete_until = Some(until);
    }

    /// Whether all units are below `n_units` and no spike is later than `until` ms. Known since the spikes were added.
    pub(crate) fn is_within(&self, n_units: usize, until: f64) -> bool {
        self.times.is_empty() || ((self.largest_unit as usize) < n_units && self.latest <= until)
    }

    /// No spike is later, in ms.
    pub(crate) fn latest(&self) -> f64 {
        self.latest
    }

    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many spikes over all samples.
    pub fn n_spikes(&self) -> usize {
        self.times.len()
    }

    /// Where a sample's spikes lie in the flat arrays.
    ///
    /// # Panics
    /// A sample that there is not.
    pub fn range(&self, sample: usize) -> std::ops::Range<usize> {
        self.offsets[sample]..self.offsets[sample + 1]
    }

    /// Times, in ms, of all spikes, sample after sample.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Channels of all spikes, sample after sample.
    pub fn units(&self) -> &[u32] {
        &self.units
    }

    /// One sample's spikes.
    ///
    /// # Panics
    /// A sample that there is not.
    pub fn sample(&self, sample: usize) -> impl ExactSizeIterator<Item = Spike> + '_ {
        self.range(sample).map(|ix| Spike {
            unit: self.units[ix] as usize,
            time: self.times[ix],
        })
    }

    /// A batch of the named samples, in that order; a sample may be named more than once.
    ///
    /// # Panics
    /// A sample that there is not.
    #[must_use]
    pub fn select(&self, samples: &[usize]) -> Self {
        let mut selected = Self::new();
        selected.complete_until = self.complete_until;
        for &sample in samples {
            let range = self.range(sample);
            selected.times.extend_from_slice(&self.times[range.clone()]);
            selected.units.extend_from_slice(&self.units[range.clone()]);
            let largest = self.units[range.clone()].iter().copied().max();
            selected.largest_unit = selected.largest_unit.max(largest.unwrap_or(0));
            let last = self.times[range].last().copied();
            selected.latest = selected.latest.max(last.unwrap_or(0.0));
            selected.offsets.push(selected.times.len());
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_spikes_there_are() -> Result<()> {
        let mut batch = SpikeBatch::new();
        assert!(batch.is_within(0, 0.0));
        batch.push_channels(&[vec![1.0, 4.0], vec![2.5]])?;
        batch.push_channels(&[vec![], vec![], vec![3.0]])?;
        assert!(batch.is_within(3, 4.0));
        assert!(!batch.is_within(2, 4.0) && !batch.is_within(3, 4.0_f64.next_down()));
        assert!(batch.select(&[0]).is_within(2, 4.0));
        assert!(batch.select(&[1]).is_within(3, 3.0) && !batch.select(&[1]).is_within(2, 3.0));
        assert_eq!(batch.select(&[0, 1]), batch);
        Ok(())
    }
}
