//! What a population's neurons do in one window, in numbers.

use std::ops::Range;

use crate::dynamics::{CurrentsFlow, MAX_CURRENTS, ResetRule, SpikeJump, slope_scale};
use crate::network::PopulationInRows;

/// A population as a window's kernels see it. Potentials are measured from rest.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    /// Neurons counted through the network.
    pub neurons: Range<u32>,
    pub flow: CurrentsFlow,
    pub receptors: usize,
    pub threshold: f64,
    /// What a spike does.
    pub reset: ResetRule,
    /// What slopes at the threshold are measured by.
    pub slope_scale: f64,
    /// exp(-b h) for the window h.
    pub membrane: f64,
    /// exp(-a_k h).
    pub synapse: [f64; MAX_CURRENTS],
    /// What a current of 1 at the window's start adds to V at its end.
    pub gain: [f64; MAX_CURRENTS],
    /// What a current held at 1 through the window adds to V at its end, in ms.
    pub held_gain: f64,
    /// Potentials that near the threshold count as there: far above rounding, far below what matters.
    pub sliver: f64,
}

impl Compiled {
    pub fn new(population: &PopulationInRows, window: f64) -> Self {
        let neuron = &population.neuron;
        let flow = CurrentsFlow::new(neuron.tau_membrane, &neuron.tau_synapse);
        let mut synapse = [0.0; MAX_CURRENTS];
        let mut gain = [0.0; MAX_CURRENTS];
        for (k, flow) in flow.flows().iter().enumerate() {
            let step = flow.propagator(window);
            (synapse[k], gain[k]) = (step.synapse, step.gain);
        }
        let rate = flow.membrane_rate;
        let climb = match population.neuron.hold {
            Some((potential, _)) => neuron.threshold - potential,
            None => neuron.threshold,
        };
        let scale = neuron.threshold.abs() + neuron.rest.abs();
        Self {
            neurons: population.neurons.clone(),
            receptors: neuron.tau_synapse.len(),
            threshold: neuron.threshold - neuron.rest,
            reset: match population.neuron.hold {
                // What is subtracted is the threshold itself, measured from zero.
                None => ResetRule::Subtract {
                    amount: neuron.threshold,
                },
                Some((potential, refractory)) => ResetRule::To {
                    potential: potential - neuron.rest,
                    refractory,
                },
            },
            slope_scale: slope_scale(rate, neuron.threshold - neuron.rest, climb),
            membrane: (-rate * window).exp(),
            synapse,
            gain,
            held_gain: -(-rate * window).exp_m1() / rate,
            sliver: 1e-9 * (1.0 + scale),
            flow,
        }
    }

    /// A spike at the given slope. The release, where there is one, is an event of its own even without a refractory time.
    pub fn spike_jump(&self, slope: f64) -> SpikeJump {
        SpikeJump::new(self.reset, self.flow.membrane_rate, slope, None)
    }
}
