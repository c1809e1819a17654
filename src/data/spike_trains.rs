//! Labelled spike trains: samples that are spikes to begin with.

use crate::event::{Spike, SpikeBatch};
use crate::{Error, Result};

/// The most input units accepted: far above any recording, far below what would fill the memory.
pub(super) const MOST_UNITS: usize = 1 << 20;
/// The most classes accepted.
pub(super) const MOST_CLASSES: usize = 1 << 16;

/// A classification data set whose samples are spike trains.
///
/// What [`Dataset`](super::Dataset) is for features; no encoder is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeTrains {
    name: String,
    spikes: SpikeBatch,
    labels: Vec<usize>,
    n_units: usize,
    n_classes: usize,
}

impl SpikeTrains {
    /// Puts a data set together.
    ///
    /// `labels[sample]` is below `n_classes`, and units are below `n_units`. A
    /// set without samples is allowed.
    ///
    /// # Errors
    /// No units or more than 2^20, no classes or more than 2^16, as many labels
    /// as there are not samples, a label or a unit out of range.
    pub fn new(
        name: impl Into<String>,
        spikes: SpikeBatch,
        labels: Vec<usize>,
        n_units: usize,
        n_classes: usize,
    ) -> Result<Self> {
        let name = name.into();
        let refuse = |field: String, value: usize, remedy: String| {
            let field = format!("{field} of spike trains {name}");
            Err(Error::invalid(field, value, remedy))
        };
        let counts = [
            ("number of units", n_units, MOST_UNITS),
            ("number of classes", n_classes, MOST_CLASSES),
        ];
        for (field, count, most) in counts {
            if !(1..=most).contains(&count) {
                return refuse(field.into(), count, format!("choose 1 to {most}"));
            }
        }
        if labels.len() != spikes.n_samples() {
            let remedy = format!("give one for each of the {} samples", spikes.n_samples());
            return refuse("number of labels".into(), labels.len(), remedy);
        }
        if let Some(sample) = labels.iter().position(|&label| label >= n_classes) {
            let remedy = format!("count classes from 0; there are {n_classes}");
            return refuse(format!("label of sample {sample}"), labels[sample], remedy);
        }
        for sample in 0..spikes.n_samples() {
            if let Some(spike) = spikes.sample(sample).find(|spike| spike.unit >= n_units) {
                let field = format!("unit of a spike of sample {sample}");
                let remedy = format!("count units from 0; there are {n_units}");
                return refuse(field, spike.unit, remedy);
            }
        }
        Ok(Self {
            name,
            spikes,
            labels,
            n_units,
            n_classes,
        })
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The spikes of all samples; times in ms.
    pub fn spikes(&self) -> &SpikeBatch {
        &self.spikes
    }

    /// The class of each sample, counted from 0.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// How many input units, including those that never fire.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// How many classes, including those that no sample has.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The time of the last spike, in ms; 0 where there is none.
    pub fn last_spike(&self) -> f64 {
        self.spikes.times().iter().copied().fold(0.0, f64::max)
    }

    /// The named samples, in that order; a sample may be named more than once.
    ///
    /// # Errors
    /// A sample number past the end.
    pub fn select(&self, samples: &[usize]) -> Result<Self> {
        if let Some(&sample) = samples.iter().find(|&&s| s >= self.n_samples()) {
            return Err(Error::invalid(
                format!("selected sample of spike trains {}", self.name),
                sample,
                format!("count samples from 0; there are {}", self.n_samples()),
            ));
        }
        Ok(Self {
            name: self.name.clone(),
            spikes: self.spikes.select(samples),
            labels: samples.iter().map(|&s| self.labels[s]).collect(),
            n_units: self.n_units,
            n_classes: self.n_classes,
        })
    }
}

/// Spike trains with their published or chosen division; all parts have the
/// same numbers of units and of classes.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeSplits {
    /// What the weights are trained on.
    pub train: SpikeTrains,
    /// What settings are chosen by, where the division has such a part.
    pub validation: Option<SpikeTrains>,
    /// What is reported.
    pub test: SpikeTrains,
    /// How many units there were before any were put together.
    pub n_units_before_pooling: usize,
}

impl SpikeSplits {
    /// Puts parts together and gives all the largest number of units and of classes of any.
    pub fn new(
        mut train: SpikeTrains,
        mut validation: Option<SpikeTrains>,
        mut test: SpikeTrains,
    ) -> Self {
        let mut parts = vec![&mut train, &mut test];
        parts.extend(validation.as_mut());
        let most = |count: fn(&SpikeTrains) -> usize| parts.iter().map(|p| count(p)).max();
        let n_units = most(|part| part.n_units).unwrap_or_default();
        let n_classes = most(|part| part.n_classes).unwrap_or_default();
        for part in parts {
            (part.n_units, part.n_classes) = (n_units, n_classes);
        }
        Self {
            train,
            validation,
            test,
            n_units_before_pooling: n_units,
        }
    }
}

/// Adds a sample whose spikes may come in any order, sorting them by (time, unit).
pub(super) fn push_sorted(batch: &mut SpikeBatch, spikes: &mut [Spike]) -> Result<()> {
    spikes.sort_by(|x, y| x.time.total_cmp(&y.time).then(x.unit.cmp(&y.unit)));
    batch.push_sample(spikes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Result<SpikeBatch> {
        let mut batch = SpikeBatch::new();
        batch.push_channels(&[vec![1.0], vec![0.5, 2.0]])?;
        batch.push_channels(&[])?;
        batch.push_channels(&[vec![4.0]])?;
        Ok(batch)
    }

    #[test]
    fn selection_keeps_spikes_and_labels_together() -> Result<()> {
        let set = SpikeTrains::new("some", batch()?, vec![0, 1, 2], 2, 4)?;
        assert_eq!((set.n_samples(), set.last_spike()), (3, 4.0));
        let picked = set.select(&[2, 0])?;
        assert_eq!(picked.labels(), [2, 0]);
        assert_eq!(picked.spikes().times(), [4.0, 0.5, 1.0, 2.0]);
        assert_ne!(picked, set);
        assert!(set.select(&[3]).is_err());
        Ok(())
    }

    #[test]
    fn faults_are_named() -> Result<()> {
        let fault = |labels: &[usize], n_units, n_classes| -> Result<String> {
            let set = SpikeTrains::new("bad", batch()?, labels.to_vec(), n_units, n_classes);
            Ok(set.err().map(|e| e.to_string()).unwrap_or_default())
        };
        assert_eq!(fault(&[0, 1, 2], 2, 3)?, "");
        assert!(fault(&[0, 1], 2, 3)?.contains("number of labels of spike trains bad is 2"));
        assert!(fault(&[0, 1, 3], 2, 3)?.contains("label of sample 2 of spike trains bad is 3"));
        assert!(fault(&[0, 1, 2], 1, 3)?.contains("spike of sample 0 of spike trains bad is 1"));
        for none in [0, usize::MAX] {
            assert!(fault(&[0, 1, 2], none, 3)?.contains("number of units"));
            assert!(fault(&[0, 1, 2], 2, none)?.contains("number of classes"));
        }
        Ok(())
    }

    #[test]
    fn parts_agree_on_units_and_classes() -> Result<()> {
        let part = |n_units, n_classes| {
            SpikeTrains::new("part", batch()?, vec![0, 0, 0], n_units, n_classes)
        };
        let splits = SpikeSplits::new(part(2, 9)?, Some(part(7, 1)?), part(3, 3)?);
        let validation = splits
            .validation
            .as_ref()
            .map(|p| (p.n_units(), p.n_classes()));
        assert_eq!((splits.train.n_units(), splits.train.n_classes()), (7, 9));
        assert_eq!((splits.test.n_units(), splits.test.n_classes()), (7, 9));
        assert_eq!(validation, Some((7, 9)));
        Ok(())
    }
}
