//! How a gradient is computed, and with respect to what.

use serde::{Deserialize, Serialize};

use crate::network::TensorKind;

/// How a gradient is computed. Both are exact and agree to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Sensitivities of every spike, carried forward in time (Lee et al. 2023).
    Forward,
    /// One sweep backward in time over the recording (EventProp, Wunderlich and Pehle 2021).
    #[default]
    Adjoint,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Adjoint => "adjoint",
        })
    }
}

/// What to differentiate with respect to, and how carefully.
///
/// Nothing is computed for kinds of parameters that are not asked for; their entries in a gradient, and their columns in a
/// Jacobian, are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GradientOptions {
    /// Forward propagation or the adjoint.
    pub method: Method,
    /// With respect to weights.
    pub weights: bool,
    /// With respect to delays.
    pub delays: bool,
    /// With respect to thresholds.
    pub thresholds: bool,
    /// With respect to the times of input spikes.
    pub input_times: bool,
    /// With respect to membrane time constants.
    pub tau_membrane: bool,
    /// With respect to synaptic time constants.
    pub tau_synapse: bool,
    /// With respect to the potentials to which neurons decay.
    pub rest: bool,
    /// With respect to potentials at the start of a run.
    pub initial: bool,
    /// A spike that reaches its threshold more slowly than this, relative to its neuron's own scale of slopes
    ///
    /// ```text
    /// max(|threshold - rest|, threshold - reset potential) / tau_membrane
    /// ```
    ///
    /// (with [`Reset::Subtract`](crate::network::Reset::Subtract) the second is the threshold itself), is grazing: its
    /// derivative, which grows without bound as the slope vanishes, is computed as if this were its slope, and counted.
    ///
    /// So no result depends on the unit of the potential. The default, 1e-5, only keeps numbers finite: it is half of
    /// what 1e-6 / ms is for a threshold of 1 and 20 ms, and a slope that small is known to about a thousandth, as the
    /// rounding of the potential alone makes slopes below 1e-8 of the scale.
    pub slope_floor: f64,
    /// How much memory forward propagation may use for the columns it carries at once, in bytes.
    pub tile_memory: usize,
}

setters!(GradientOptions {
    method: Method,
    weights: bool,
    delays: bool,
    thresholds: bool,
    input_times: bool,
    tau_membrane: bool,
    tau_synapse: bool,
    rest: bool,
    initial: bool,
    slope_floor: f64,
    tile_memory: usize,
});

impl Default for GradientOptions {
    /// Adjoint, with respect to weights only.
    fn default() -> Self {
        Self {
            method: Method::Adjoint,
            weights: true,
            delays: false,
            thresholds: false,
            input_times: false,
            tau_membrane: false,
            tau_synapse: false,
            rest: false,
            initial: false,
            slope_floor: 1e-5,
            tile_memory: 256 << 20,
        }
    }
}

impl GradientOptions {
    /// With respect to everything that every engine differentiates: weights, delays, thresholds and input times.
    pub fn everything(method: Method) -> Self {
        Self {
            method,
            weights: true,
            delays: true,
            thresholds: true,
            input_times: true,
            ..Self::default()
        }
    }

    /// The same, and with respect to the time constants, rest and initial potentials of neurons.
    #[must_use]
    pub fn and_neurons(self) -> Self {
        Self {
            tau_membrane: true,
            tau_synapse: true,
            rest: true,
            initial: true,
            ..self
        }
    }

    /// Whether tensors of a kind are asked for.
    pub fn asks(&self, kind: TensorKind) -> bool {
        match kind {
            TensorKind::Weight => self.weights,
            TensorKind::Delay => self.delays,
            TensorKind::Threshold => self.thresholds,
            TensorKind::TauMembrane => self.tau_membrane,
            TensorKind::TauSynapse => self.tau_synapse,
            TensorKind::Rest => self.rest,
            TensorKind::Initial => self.initial,
        }
    }

    /// Whether any of [`TensorKind::OF_NEURONS`] is asked for.
    pub(crate) fn asks_of_neurons(&self) -> bool {
        TensorKind::OF_NEURONS.iter().any(|&kind| self.asks(kind))
    }
}
