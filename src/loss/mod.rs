//! Losses: from what a network did to one number, and how it changes with every spike.
//!
//! A loss sees a recording and labels, and answers with its value, its
//! [`Cotangent`] (the derivative with respect to everything recorded) and the
//! predicted classes. It knows no engine; engines turn the cotangent into
//! gradients of parameters. Times are in ms.
//!
//! | looks at | losses |
//! |---|---|
//! | first spikes | [`FirstSpikeCrossEntropy`], [`FirstSpikeMeanSquare`] |
//! | all spikes | [`SpikeTimeMeanSquare`], [`VanRossumDistance`] |
//! | voltages of readouts | [`FinalVoltageCrossEntropy`], [`MaximumCrossEntropy`], [`IntegralCrossEntropy`], [`VoltageMeanSquare`] |
//! | how much is fired, and whether at all | [`SurplusSpikes`], [`LateFirstSpikes`] |
//! | other losses | [`LossSum`] |

mod check;
mod differences;
mod final_voltage;
mod first_spike;
mod first_spike_square;
#[cfg(test)]
mod fixtures;
mod integral;
mod late_first_spikes;
mod maximum;
mod scores;
mod softmax;
mod spike_times;
mod sum;
mod surplus_spikes;
mod targets;
mod van_rossum;
mod voltage_targets;

use std::fmt::Debug;
use std::sync::Arc;

use ndarray::Array2;

use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::session::DeviceLoss;
use crate::{Cotangent, Result, SimulationOptions, Stop};

pub use check::check_labels;
pub use differences::central_differences;
pub use final_voltage::FinalVoltageCrossEntropy;
pub use first_spike::{FirstSpikeCrossEntropy, SilentOutput};
pub use first_spike_square::FirstSpikeMeanSquare;
pub use integral::IntegralCrossEntropy;
pub use late_first_spikes::LateFirstSpikes;
pub use maximum::MaximumCrossEntropy;
pub use softmax::cross_entropy;
pub use spike_times::{Mismatch, SpikeTimeMeanSquare};
pub use sum::LossSum;
pub use surplus_spikes::SurplusSpikes;
pub use targets::SpikeTargets;
pub use van_rossum::VanRossumDistance;
pub use voltage_targets::VoltageMeanSquare;

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
/// A loss of one's own needs [`evaluate`](Self::evaluate) only, and [`central_differences`] to test it. This one asks
/// the first neuron's first spike to come at 10 ms:
///
/// ```
/// use spikefront::event::Recording;
/// use spikefront::loss::{Loss, LossValue};
/// use spikefront::network::Network;
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
///
/// # use spikefront::{Engine, Problem, SimulationOptions, cpu::CpuEngine, event::SpikeBatch};
/// # use spikefront::network::{Neuron, Projection};
/// # let mut network = Network::builder();
/// # let input = network.input("input", 1);
/// # let lif = network.population("output", 1, Neuron::leaky_integrate_and_fire());
/// # network.connect(input, lif, Projection::dense(ndarray::array![[0.6]]));
/// # let network = network.build()?;
/// # let (parameters, options) = (network.parameters(0), SimulationOptions::new(30.0));
/// # let mut inputs = SpikeBatch::new();
/// # inputs.push_channels(&[vec![1.0]])?;
/// # let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
/// # let recording = CpuEngine::new().simulate(&problem)?;
/// let cotangent = AtTen.evaluate(&network, &recording, &[0])?.cotangent;
/// let expected = spikefront::loss::central_differences(&AtTen, &network, &recording, &[0], 1e-5)?;
/// for (found, expected) in cotangent.entries().zip(expected.entries()) {
///     assert!((found - expected).abs() < 1e-8 * expected.abs().max(1.0));
/// }
/// # assert_ne!(cotangent.spike_times[0], 0.0);
/// # Ok::<(), spikefront::Error>(())
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

    /// How many samples contribute nothing to the mean, as what the loss looks at was silent; none by default.
    fn left_out(&self, network: &Network, recording: &Recording, labels: &[usize]) -> usize {
        let _ = (network, recording, labels);
        0
    }

    /// How much each class is chosen in each sample, `[sample x class]`: the first of the largest values of a row is the
    /// prediction, if it is above minus infinity. None by default.
    ///
    /// # Errors
    /// A recording that does not fit the loss or the network.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let _ = (network, recording);
        Ok(None)
    }

    /// The populations whose spikes this loss looks at; by default all that can fire. Training that stays on a device brings
    /// the host the spikes of these and no others; training over ranks brings a rank those of other ranks' samples, and of other
    /// neurons some.
    fn looks_at(&self, network: &Network) -> Vec<PopulationId> {
        let ids = network.population_ids();
        ids.filter(|&id| network.population(id).is_spiking())
            .collect()
    }

    /// The form in which devices know this loss, if they do.
    fn on_device(&self) -> Option<DeviceLoss> {
        None
    }

    /// Asks a simulation for what this loss looks at beyond spikes and integrals; nothing by
    /// default. A trainer calls it; who simulates without one calls it first.
    fn prepare(&self, options: &mut SimulationOptions) {
        let _ = options;
    }

    /// When a simulation has shown all that this loss looks at; by default at its end.
    fn stop(&self) -> Stop {
        Stop::AtDuration
    }
}

/// A loss that is shared.
impl<L: Loss + ?Sized> Loss for Arc<L> {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        (**self).evaluate(network, recording, labels)
    }

    fn left_out(&self, network: &Network, recording: &Recording, labels: &[usize]) -> usize {
        (**self).left_out(network, recording, labels)
    }

    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        (**self).scores(network, recording)
    }

    fn looks_at(&self, network: &Network) -> Vec<PopulationId> {
        (**self).looks_at(network)
    }

    fn on_device(&self) -> Option<DeviceLoss> {
        (**self).on_device()
    }

    fn prepare(&self, options: &mut SimulationOptions) {
        (**self).prepare(options);
    }

    fn stop(&self) -> Stop {
        (**self).stop()
    }
}

impl Debug for dyn Loss + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a loss")
    }
}
