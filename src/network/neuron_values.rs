//! The values of a population's neurons, as engines read them.

use super::{Reset, TensorKind};
use crate::dynamics::{Flow, NeuronDynamics, ResetRule};

/// The values of a population's neurons in a vector of parameters.
#[derive(Clone, Copy)]
pub(crate) struct NeuronValues<'a> {
    reset: &'a Reset,
    /// One per neuron; empty for a readout.
    thresholds: &'a [f64],
    /// One, or one per neuron.
    tau_membrane: &'a [f64],
    tau_synapse: &'a [f64],
    rest: &'a [f64],
    initial: &'a [f64],
}

/// One neuron's of values that may be shared.
fn get(values: &[f64], neuron: usize) -> f64 {
    match values {
        [shared] => *shared,
        each => each[neuron],
    }
}

fn is_uniform(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

impl<'a> NeuronValues<'a> {
    pub(super) fn new(reset: &'a Reset, of: impl Fn(TensorKind) -> &'a [f64]) -> Self {
        Self {
            reset,
            thresholds: of(TensorKind::Threshold),
            tau_membrane: of(TensorKind::TauMembrane),
            tau_synapse: of(TensorKind::TauSynapse),
            rest: of(TensorKind::Rest),
            initial: of(TensorKind::Initial),
        }
    }

    /// The flow of one neuron.
    pub fn flow(&self, neuron: usize) -> Flow {
        Flow::new(
            get(self.tau_membrane, neuron),
            get(self.tau_synapse, neuron),
        )
    }

    /// The flow of all neurons, where they share their time constants.
    pub fn shared_flow(&self) -> Option<Flow> {
        let uniform = is_uniform(self.tau_membrane) && is_uniform(self.tau_synapse);
        uniform.then(|| self.flow(0))
    }

    /// The potential to which one neuron decays.
    pub fn rest(&self, neuron: usize) -> f64 {
        get(self.rest, neuron)
    }

    /// One neuron's potential at the start of a run.
    pub fn initial(&self, neuron: usize) -> f64 {
        get(self.initial, neuron)
    }

    /// One neuron's threshold; a number that no potential reaches for a readout.
    pub fn threshold(&self, neuron: usize) -> f64 {
        self.thresholds.get(neuron).copied().unwrap_or(f64::MAX)
    }

    /// One neuron's dynamics.
    pub fn dynamics(&self, neuron: usize) -> NeuronDynamics {
        let (rest, threshold) = (self.rest(neuron), self.threshold(neuron));
        let reset = match self.reset {
            Reset::Subtract => ResetRule::Subtract { amount: threshold },
            Reset::To {
                potential,
                refractory,
            } => ResetRule::To {
                potential: potential.get(neuron) - rest,
                refractory: refractory.get(neuron),
            },
        };
        NeuronDynamics {
            flow: self.flow(neuron),
            threshold: threshold - rest,
            reset,
        }
    }
}
