//! The values of a population's neurons, as engines read them.

use super::{Reset, TensorKind};
use crate::dynamics::{CurrentsFlow, Flow, MAX_CURRENTS, NeuronDynamics, ResetRule};

/// The values of a population's neurons in a vector of parameters.
#[derive(Clone, Copy)]
pub(crate) struct NeuronValues<'a> {
    reset: &'a Reset,
    /// One per neuron; empty for a readout.
    thresholds: &'a [f64],
    /// One, or one per neuron.
    tau_membrane: &'a [f64],
    /// Of each receptor, as many as there are.
    tau_synapse: [&'a [f64]; MAX_CURRENTS],
    receptors: usize,
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
    pub(super) fn new<I: Iterator<Item = &'a [f64]>>(
        reset: &'a Reset,
        of: impl Fn(TensorKind) -> I,
    ) -> Self {
        let one = |kind| of(kind).next().unwrap_or_default();
        let mut tau_synapse = [&[][..]; MAX_CURRENTS];
        let mut receptors = 0;
        for (into, values) in tau_synapse.iter_mut().zip(of(TensorKind::TauSynapse)) {
            *into = values;
            receptors += 1;
        }
        Self {
            reset,
            thresholds: one(TensorKind::Threshold),
            tau_membrane: one(TensorKind::TauMembrane),
            tau_synapse,
            receptors,
            rest: one(TensorKind::Rest),
            initial: one(TensorKind::Initial),
        }
    }

    /// The flow of one neuron with the current of its first receptor alone.
    pub fn flow(&self, neuron: usize) -> Flow {
        self.flow_of(neuron, 0)
    }

    /// The flow of one neuron with the current of one of its receptors alone.
    pub fn flow_of(&self, neuron: usize, receptor: usize) -> Flow {
        Flow::new(
            get(self.tau_membrane, neuron),
            get(self.tau_synapse[receptor], neuron),
        )
    }

    /// The flow of one neuron with the currents of all its receptors.
    pub fn currents(&self, neuron: usize) -> CurrentsFlow {
        let receptors = self.tau_synapse[..self.receptors].iter();
        let taus: Vec<f64> = receptors.map(|taus| get(taus, neuron)).collect();
        CurrentsFlow::new(get(self.tau_membrane, neuron), &taus)
    }

    /// The flow of all neurons, where they have one receptor and share their time constants.
    pub fn shared_flow(&self) -> Option<Flow> {
        let is_uniform =
            self.receptors == 1 && is_uniform(self.tau_membrane) && is_uniform(self.tau_synapse[0]);
        is_uniform.then(|| self.flow(0))
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

    /// One neuron's dynamics; where it has several receptors, those of its first alone.
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
