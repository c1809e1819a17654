//! What a neuron is: its parameters, its state, and what its spikes do to it. `walk.rs` takes it through time.

use super::Flow;

/// What a spike does to the potential. The current is untouched by either rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ResetRule {
    /// `V -= amount` (Lee et al. 2023; amount is the threshold).
    Subtract {
        /// How much is taken off.
        amount: f64,
    },
    /// V is held at a potential, then released.
    To {
        /// The potential above rest.
        potential: f64,
        /// How long it is held, in ms.
        refractory: f64,
    },
}

/// The parameters of one spiking neuron, potentials measured from its rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeuronDynamics<F = Flow> {
    /// The flow between events: a [`Flow`], or a [`CurrentsFlow`](super::CurrentsFlow) of several receptors.
    pub flow: F,
    /// The threshold above rest.
    pub threshold: f64,
    /// What a spike does.
    pub reset: ResetRule,
}

/// A neuron's state at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeuronState<C = f64> {
    /// When, in ms.
    pub time: f64,
    /// Potential above rest. While the neuron is held nothing is computed from it.
    pub potential: f64,
    /// Synaptic current; of several receptors the current of each.
    pub current: C,
    /// The end of the refractory hold, in ms; `None` while the neuron integrates.
    pub release: Option<f64>,
}

/// Who hears of a neuron's spikes.
pub trait SpikeSink {
    /// The neuron fired at `time`, its potential rising at `slope`. False ends the advance: the sink is full.
    fn spike(&mut self, time: f64, slope: f64) -> bool;
    /// The hold after the neuron's latest spike ended at `time`; its potential now changes at `slope`.
    fn release(&mut self, time: f64, slope: f64);
}

/// Who does not listen.
impl SpikeSink for () {
    #[inline]
    fn spike(&mut self, _: f64, _: f64) -> bool {
        true
    }

    #[inline]
    fn release(&mut self, _: f64, _: f64) {}
}

impl NeuronDynamics {
    /// dV/dt at the threshold: `-b (threshold - c) + I`.
    #[inline]
    pub fn slope_at_threshold(&self, current: f64) -> f64 {
        self.slope(self.threshold, &current)
    }

    /// The neuron's own measure of slopes, in units of the potential per ms: the larger of the distances from the threshold to
    /// rest and to the potential after a reset, over the membrane time constant.
    pub fn slope_scale(&self) -> f64 {
        let climb = match self.reset {
            ResetRule::Subtract { amount } => amount,
            ResetRule::To { potential, .. } => self.threshold - potential,
        };
        slope_scale(self.flow.membrane_rate, self.threshold, climb)
    }

    /// A spike's slope, at least `floor` of the neuron's own scale.
    #[inline]
    pub(crate) fn bounded_slope(&self, slope: f64, floor: f64) -> f64 {
        slope.max(floor * self.slope_scale())
    }

    /// The potential above rest just after a spike, where the reset takes no time.
    pub(crate) fn immediate_reset(&self) -> Option<f64> {
        match self.reset {
            ResetRule::Subtract { amount } => Some(self.threshold - amount),
            ResetRule::To {
                potential,
                refractory,
            } => (refractory == 0.0).then_some(potential),
        }
    }
}

/// The distance to the threshold over the membrane time constant: `max(|threshold - rest|, climb) / tau_membrane`, where
/// `climb` is what a spike takes off the potential, `threshold - reset potential`, or the amount that is subtracted.
///
/// The larger of the two, as either alone vanishes: the first for a neuron that rests at its threshold, the second for
/// a reset close below it.
#[inline]
pub(crate) fn slope_scale(membrane_rate: f64, threshold: f64, climb: f64) -> f64 {
    membrane_rate * threshold.abs().max(climb)
}

/// `start + after`, but never `start` itself.
#[inline]
pub(crate) fn later(start: f64, after: f64) -> f64 {
    (start + after).max(start.next_up())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_scale_follows_the_neuron_and_never_vanishes() {
        let to = |potential| ResetRule::To {
            potential,
            refractory: 0.0,
        };
        let scale = |threshold, reset| {
            let flow = Flow::new(20.0, 5.0);
            let neuron = NeuronDynamics {
                flow,
                threshold,
                reset,
            };
            20.0 * neuron.slope_scale()
        };
        let close = |x: f64, y: f64| (x / y - 1.0).abs() < 1e-15;
        assert!(close(scale(1.0, ResetRule::Subtract { amount: 1.0 }), 1.0));
        let small = ResetRule::Subtract { amount: 1e-7 };
        assert!(close(scale(1e-7, small), 1e-7));
        // At rest at the threshold; reset just below it; far below its rest.
        assert!(close(scale(0.0, to(-2.0)), 2.0));
        assert!(close(scale(1.0, to(1.0 - 1e-9)), 1.0));
        assert!(close(scale(-3.0, ResetRule::Subtract { amount: 1.0 }), 3.0));
    }
}
