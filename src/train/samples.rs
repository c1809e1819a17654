//! Encoded samples and their classes.

use crate::data::{Dataset, LatencyEncoder};
use crate::event::SpikeBatch;
use crate::{Error, Result};

/// Input spikes with one label per sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    inputs: SpikeBatch,
    labels: Vec<usize>,
}

impl Samples {
    /// Puts spikes and labels together.
    ///
    /// # Errors
    /// Another number of labels than of samples, or no samples.
    pub fn new(inputs: SpikeBatch, labels: Vec<usize>) -> Result<Self> {
        if inputs.n_samples() == labels.len() && !labels.is_empty() {
            return Ok(Self { inputs, labels });
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

    /// The named samples, in that order.
    pub fn select(&self, samples: &[usize]) -> Self {
        Self {
            inputs: self.inputs.select(samples),
            labels: samples.iter().map(|&ix| self.labels[ix]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::xor;

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
