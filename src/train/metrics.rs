//! What training reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figure;

/// One epoch of training.
///
/// In JSON a figure that is not finite is `"inf"`, `"-inf"` or `"NaN"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Which one, counted from 1.
    pub epoch: usize,
    /// The mean training loss, each batch judged before its update.
    #[serde(with = "figure")]
    pub loss: f64,
    /// The share of training samples judged right, each batch before its update, 0 to 1.
    pub train_accuracy: f64,
    /// The mean loss on the validation set after the epoch, where there is one.
    #[serde(
        with = "figure::optional",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub validation_loss: Option<f64>,
    /// The accuracy on the validation set after the epoch, where there is one, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validation_accuracy: Option<f64>,
    /// How many spikes were slower than the slope floor, over all batches.
    pub grazing_spikes: usize,
    /// How many updates had a gradient that was scaled down to the norm allowed.
    #[serde(default)]
    pub clipped_steps: usize,
    /// How often a neuron had its incoming weights raised for being silent over a batch.
    #[serde(default)]
    pub raised_neurons: usize,
    /// How many training samples ended without a spike of an output neuron; none where outputs have no threshold. Where
    /// training stays on a device this and the next two are what the epoch's last batch tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_samples: Option<usize>,
    /// For each population that can fire, the share of its neurons that were silent over a whole batch, 0 to 1: the mean
    /// over batches.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub silent_neurons: BTreeMap<String, f64>,
    /// How many training samples the loss left out, as what it looks at was silent.
    #[serde(default)]
    pub left_out_samples: usize,
    /// How many updates had a gradient that was zero in every entry: nothing was learnt.
    #[serde(default)]
    pub zero_gradients: usize,
    /// How long the epoch took, validation included, in s.
    pub seconds: f64,
}

/// One batch of training, as reported while an epoch runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchMetrics {
    /// Which one, counted from 1.
    pub batch: usize,
    /// How many samples it had.
    pub n_samples: usize,
    /// Its mean loss, before the update.
    pub loss: f64,
    /// How many of its samples were judged right, before the update.
    pub n_correct: usize,
    /// How many of its spikes were slower than the slope floor.
    pub grazing_spikes: usize,
    /// Whether the gradient was scaled down to the norm allowed.
    pub is_clipped: bool,
    /// How many neurons had their incoming weights raised for being silent.
    pub raised_neurons: usize,
    /// Whether the gradient was zero in every entry.
    pub is_zero: bool,
}

/// A network's performance on a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The mean loss; infinite where a sample's is.
    pub loss: f64,
    /// The share of samples judged right, 0 to 1.
    pub accuracy: f64,
    /// The predicted class of each sample; `None` where the network made no choice.
    pub predictions: Vec<Option<usize>>,
    /// How many samples the loss left out, as what it looks at was silent.
    pub left_out: usize,
    /// In how many samples no output fired; none where outputs have no threshold.
    pub silent: Option<usize>,
}
