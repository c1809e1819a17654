//! Losses as sessions have them: known to the device, or judged on the host.

use std::fmt::Debug;
use std::sync::Arc;

use crate::Result;
use crate::event::Recording;
use crate::network::PopulationId;

/// A loss in a form that devices know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceLoss {
    /// The cross-entropy of first spike times.
    FirstSpike {
        /// The output population, a neuron per class.
        population: PopulationId,
        /// tau_0, in ms.
        scale: f64,
        /// gamma and tau_1, in ms, of the term that rewards early spikes.
        early: Option<(f64, f64)>,
        /// What silent outputs count as.
        silent: DeviceSilent,
    },
    /// The cross-entropy of integrals over the run of a readout's voltages.
    Integral {
        /// The readout, a neuron per class.
        population: PopulationId,
        /// The factor of the integrals, in 1/ms.
        scale: f64,
    },
    /// The cross-entropy of a readout's largest voltages, which the simulation must be asked for.
    Maximum {
        /// The readout, a neuron per class.
        population: PopulationId,
        /// The factor of voltages.
        scale: f64,
    },
    /// The cross-entropy of a readout's voltages at the end of the run, a time that the simulation must be asked for.
    FinalVoltage {
        /// The readout, a neuron per class.
        population: PopulationId,
        /// The factor of voltages.
        scale: f64,
    },
}

impl DeviceLoss {
    /// The output population, a neuron per class.
    pub fn population(&self) -> PopulationId {
        match *self {
            Self::FirstSpike { population, .. }
            | Self::Integral { population, .. }
            | Self::Maximum { population, .. }
            | Self::FinalVoltage { population, .. } => population,
        }
    }
}

/// What an output that never fires counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceSilent {
    /// As firing at the end of the run.
    AtEnd,
    /// As absent; a sample whose label's neuron is silent contributes nothing.
    LeftOut,
}

/// What a loss on the host says of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The mean loss over the batch.
    pub loss: f64,
    /// How many samples are judged right.
    pub n_correct: usize,
    /// The derivatives of the loss by everything in the recording, in the order of the entries of a cotangent: spike times, in 1/ms;
    /// then for each readout its integrals, its voltages and its maxima.
    pub derivatives: Vec<f64>,
}

/// A loss that is evaluated on the host in the middle of a step: the device hands it what it looks at, and goes on with
/// the derivatives.
pub trait HostLoss: Send + Sync {
    /// The populations whose spikes it looks at.
    fn populations(&self) -> Vec<PopulationId>;

    /// Judges a batch; `labels[sample]`. Of spikes the recording has times and neurons, of the populations asked for alone;
    /// their slopes are zero in it.
    ///
    /// # Errors
    /// Labels that do not fit, a loss that is not finite.
    fn judge(&self, recording: &Recording, labels: &[usize]) -> Result<Judged>;
}

impl Debug for dyn HostLoss + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a loss on the host")
    }
}

/// The loss of a session.
#[derive(Debug, Clone)]
pub enum SessionLoss {
    /// The device evaluates it: the host reads two numbers for each sample.
    Device(DeviceLoss),
    /// The host does.
    Host(Arc<dyn HostLoss>),
}
