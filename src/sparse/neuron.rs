//! The neurons of a population in a large network.

use crate::{Error, Result};

/// The most synaptic currents that a neuron may have.
pub const MAX_RECEPTORS: usize = crate::dynamics::MAX_CURRENTS;

/// What a spike does to its neuron's potential; synaptic currents are never touched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SparseReset {
    /// `V -= threshold`.
    Subtract,
    /// V is held at `potential` for the refractory time, then released.
    To {
        /// The held potential; below the threshold.
        potential: f64,
        /// How long, in ms.
        refractory: f64,
    },
}

/// A leaky integrate-and-fire neuron with up to [`MAX_RECEPTORS`] exponential synaptic currents.
///
/// ```text
/// dV/dt = -(V - drive)/tau_membrane + sum of I_k        dI_k/dt = -I_k/tau_synapse[k]
/// ```
///
/// A spike of weight w that arrives at receptor k adds w to I_k. In mV and ms a current of x pA on a
/// membrane of C pF is x/C here (mV/ms), and a constant current is part of the drive: x tau_membrane/C.
/// One value serves a whole population.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseNeuron {
    /// Membrane time constant, in ms.
    pub tau_membrane: f64,
    /// Synaptic time constants in ms, one for each receptor.
    pub tau_synapse: Vec<f64>,
    /// The potential at which the neuron fires.
    pub threshold: f64,
    /// The potential towards which V decays.
    pub drive: f64,
    /// What a spike does.
    pub reset: SparseReset,
}

impl SparseNeuron {
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        let field = |member: &str| format!("{member} of population \"{name}\"");
        let is_tau = |value: f64| value.is_finite() && value > 0.0 && (1.0 / value).is_finite();
        let positive = "give a finite time in ms above zero";
        if !is_tau(self.tau_membrane) {
            return Err(Error::invalid(
                field("tau_membrane"),
                self.tau_membrane,
                positive,
            ));
        }
        if self.tau_synapse.is_empty() || self.tau_synapse.len() > MAX_RECEPTORS {
            return Err(Error::invalid(
                field("tau_synapse"),
                format!("a list of {}", self.tau_synapse.len()),
                format!("give one to {MAX_RECEPTORS} synaptic time constants"),
            ));
        }
        if let Some(ix) = self.tau_synapse.iter().position(|&tau| !is_tau(tau)) {
            return Err(Error::invalid(
                field(&format!("tau_synapse[{ix}]")),
                self.tau_synapse[ix],
                positive,
            ));
        }
        for (member, value) in [("threshold", self.threshold), ("drive", self.drive)] {
            if !value.is_finite() {
                return Err(Error::invalid(field(member), value, "give a finite value"));
            }
        }
        match self.reset {
            SparseReset::Subtract if self.threshold <= 0.0 => Err(Error::invalid(
                field("threshold"),
                self.threshold,
                "a reset by subtraction needs a threshold above zero; or reset to a potential",
            )),
            SparseReset::Subtract => Ok(()),
            SparseReset::To {
                potential,
                refractory,
            } => {
                if !(potential.is_finite() && potential < self.threshold) {
                    return Err(Error::invalid(
                        field("reset potential"),
                        potential,
                        format!("keep it finite and below the threshold, {}", self.threshold),
                    ));
                }
                if !(refractory.is_finite() && refractory >= 0.0) {
                    return Err(Error::invalid(
                        field("refractory"),
                        refractory,
                        "give a finite time in ms, zero or more",
                    ));
                }
                Ok(())
            }
        }
    }
}
