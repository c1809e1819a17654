//! Losses: from what a network did to one number, and how it changes with every spike.
//!
//! A loss sees a recording and labels, and answers with its value, its
//! [`Cotangent`] (the derivative with respect to everything recorded) and the
//! predicted classes. It knows no engine; engines turn the cotangent into
//! gradients of parameters. Times are in ms.

mod check;
mod first_spike;
#[cfg(test)]
mod fixtures;
mod integral;
mod softmax;

use crate::event::Recording;
use crate::model::Network;
use crate::session::DeviceLoss;
use crate::{Cotangent, Result, Stop};

pub use check::check_labels;
pub use first_spike::{FirstSpikeCrossEntropy, SilentOutput};
pub use integral::IntegralCrossEntropy;
pub use softmax::cross_entropy;

/// What a loss says about a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct LossValue {
    /// The mean over the samples of the batch.
    pub mean: f64,
    /// The derivative of [`mean`](Self::mean) with respect to what the recording holds.
    pub cotangent: Cotangent,
    /// The class that the network chose for each sample; `None` where it made no choice.
    pub predictions: Vec<Option<usize>>,
}

impl LossValue {
    /// How many predictions equal the label; a sample without a choice is wrong.
    pub fn n_correct(&self, labels: &[usize]) -> usize {
        let pairs = self.predictions.iter().zip(labels);
        pairs.filter(|&(p, &label)| *p == Some(label)).count()
    }
}

/// A differentiable judgement of a recording.
///
/// A loss of one's own needs [`evaluate`](Self::evaluate) only. This one asks
/// the first neuron's first spike to come at 10 ms:
///
/// ```
/// use spikefront::event::Recording;
/// use spikefront::loss::{Loss, LossValue};
/// use spikefront::model::Network;
/// use spikefront::{Cotangent, Result};
///
/// struct AtTen;
///
/// impl Loss for AtTen {
///     fn evaluate(&self, _: &Network, recording: &Recording, labels: &[usize]) -> Result<LossValue> {
///         let n = recording.n_samples() as f64;
///         let (mut mean, mut cotangent) = (0.0, Cotangent::zeros(recording));
///         for sample in 0..recording.n_samples() {
///             let Some(spike) = recording.first_spikes(sample, 0..1)[0] else { continue };
///             let late = recording.times()[spike] - 10.0;
///             mean += late * late / n;
///             cotangent.spike_times[spike] = 2.0 * late / n;
///         }
///         Ok(LossValue { mean, cotangent, predictions: vec![None; labels.len()] })
///     }
/// }
/// ```
pub trait Loss: Send + Sync {
    /// The mean loss over a batch, its derivative and the predictions; `labels[sample]`.
    ///
    /// # Errors
    /// Labels or a recording that do not fit the loss or the network.
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue>;

    /// The form in which devices know this loss, if they do.
    fn on_device(&self) -> Option<DeviceLoss> {
        None
    }

    /// When a simulation has shown all that this loss looks at; by default at its end.
    fn stop(&self) -> Stop {
        Stop::AtDuration
    }
}
