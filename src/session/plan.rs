//! What a session is to train, and how.

use std::ops::Range;
use std::sync::Arc;

use super::SessionLoss;
#[cfg(feature = "gpu")]
use crate::Error;
use crate::network::{Network, Parameters};
use crate::problem::SimulationOptions;

/// An optimiser in a form that devices know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceOptimiser {
    /// Gradient descent with momentum.
    Sgd {
        /// Share of the previous step that is taken again.
        momentum: f64,
    },
    /// Adam.
    Adam {
        /// How slowly the mean gradient follows.
        beta1: f64,
        /// How slowly the mean square gradient follows.
        beta2: f64,
        /// Added to the root of the mean square gradient.
        epsilon: f64,
    },
}

/// The form in which the values of a tensor are stepped, and to where they are put back afterwards.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// As they are.
    Identity,
    /// As they are, and then not below a floor, one for each value.
    Floor(Vec<f64>),
    /// As logarithms.
    Logarithm,
    /// As they are, and then below thresholds by a margin: of one value that neurons share, below all of theirs.
    Below {
        /// Where the thresholds lie.
        thresholds: Range<usize>,
        /// One for each threshold.
        margins: Vec<f64>,
    },
}

/// A tensor that is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedTensor {
    /// Where it lies in the flat vector of parameters: the range of one of the layout's tensors.
    pub range: Range<usize>,
    /// By what its steps are multiplied, above zero.
    pub multiple: f64,
    /// In which form it is stepped.
    pub transform: Transform,
}

/// A range that is none of the layout's tensors'.
#[cfg(feature = "gpu")]
pub(crate) fn no_tensor(range: &Range<usize>) -> Error {
    Error::invalid(
        "range of a trained tensor",
        format!("{range:?}"),
        "give that of one of the layout's tensors",
    )
}

/// What is to be trained on a device.
#[derive(Debug, Clone, Copy)]
pub struct SessionPlan<'a> {
    /// The structure, which the session keeps.
    pub network: &'a Arc<Network>,
    /// The initial values.
    pub parameters: &'a Parameters,
    /// How to simulate; what the loss looks at must have been asked for.
    pub simulation: &'a SimulationOptions,
    /// Below which slope a spike counts as grazing, relative to its neuron's own scale; see
    /// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor).
    pub slope_floor: f64,
    /// The loss.
    pub loss: &'a SessionLoss,
    /// The optimiser.
    pub optimiser: DeviceOptimiser,
    /// What is trained, in the order of the layout; the rest stays as it is.
    pub trained: &'a [TrainedTensor],
    /// The largest Euclidean norm of the gradient of what is trained: one that is longer is scaled down to it.
    pub clip_norm: Option<f64>,
    /// For each parameter a factor of `Step::raise_silent`; empty where all weights are raised by the same amount.
    pub raise_directions: &'a [f64],
}
