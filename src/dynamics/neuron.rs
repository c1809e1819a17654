//! One neuron through an interval without arrivals: spikes, resets and releases.

use super::{Flow, Interval, first_crossing};

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
pub struct NeuronDynamics {
    /// The flow between events.
    pub flow: Flow,
    /// The threshold above rest.
    pub threshold: f64,
    /// What a spike does.
    pub reset: ResetRule,
}

/// A neuron's state at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeuronState {
    /// When, in ms.
    pub time: f64,
    /// Potential above rest; meaningless while the neuron is held.
    pub potential: f64,
    /// Synaptic current.
    pub current: f64,
    /// The end of the refractory hold, in ms; `None` while the neuron integrates.
    pub release: Option<f64>,
}

/// Who hears of a neuron's spikes.
pub trait SpikeSink {
    /// The neuron fired at `time`, its potential rising at `slope`. False ends the advance: the sink is full.
    fn spike(&mut self, time: f64, slope: f64) -> bool;
    /// The hold after the neuron's latest spike ended; its potential now changes at `slope`.
    fn release(&mut self, slope: f64);
}

impl NeuronDynamics {
    /// dV/dt at the threshold: `-b (threshold - c) + I`.
    #[inline]
    pub fn slope_at_threshold(&self, current: f64) -> f64 {
        current - self.flow.membrane_rate * self.threshold
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

    /// Advances to `to` with no arrival on the way, telling `sink` of every spike and release.
    ///
    /// A spike is always later than the interval's start: what an arrival at
    /// that moment caused must not appear to be simultaneous with it. It is never later than `to`: what
    /// arrives there comes after it.
    #[inline]
    pub fn advance(&self, state: &mut NeuronState, to: f64, sink: &mut impl SpikeSink) {
        loop {
            if let Some(release) = state.release {
                let until = release.min(to);
                let elapsed = until - state.time;
                state.current *= (-self.flow.synapse_rate * elapsed).exp();
                state.time = until;
                if release > to {
                    return;
                }
                self.end_hold(state, sink);
            }
            let crossing = first_crossing(
                &self.flow,
                state.potential,
                state.current,
                self.threshold,
                Interval::between(state.time, to),
            );
            let Some(crossing) = crossing else {
                let step = self.flow.propagator(to - state.time);
                (state.potential, state.current) = step.apply(state.potential, state.current);
                state.time = to;
                return;
            };
            state.time = later(state.time, crossing.after).min(to);
            state.current *= crossing.synapse;
            if !sink.spike(state.time, self.slope_at_threshold(state.current)) {
                return;
            }
            self.fire(state, sink);
        }
    }

    /// Applies the reset to a state at the threshold, releasing it at once where there is no refractory time.
    #[inline]
    pub fn fire(&self, state: &mut NeuronState, sink: &mut impl SpikeSink) {
        match self.reset {
            ResetRule::Subtract { amount } => state.potential = self.threshold - amount,
            ResetRule::To { refractory, .. } => {
                state.release = Some(later(state.time, refractory));
                if refractory == 0.0 {
                    self.end_hold(state, sink);
                }
            }
        }
    }

    /// Ends the refractory hold of a state that stands at its release.
    #[inline]
    pub fn end_hold(&self, state: &mut NeuronState, sink: &mut impl SpikeSink) {
        if let ResetRule::To { potential, .. } = self.reset {
            state.potential = potential;
            state.release = None;
            sink.release(state.current - self.flow.membrane_rate * potential);
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

    #[derive(Default)]
    struct Log {
        spikes: Vec<f64>,
        releases: usize,
    }

    impl SpikeSink for Log {
        fn spike(&mut self, time: f64, _slope: f64) -> bool {
            self.spikes.push(time);
            self.spikes.len() < 100
        }
        fn release(&mut self, _slope: f64) {
            self.releases += 1;
        }
    }

    fn driven(reset: ResetRule) -> (NeuronDynamics, NeuronState) {
        // Drive 2 above rest, threshold 1 above rest: -1 above rest.
        let neuron = NeuronDynamics {
            flow: Flow::new(20.0, 5.0),
            threshold: -1.0,
            reset,
        };
        let state = NeuronState {
            time: 0.0,
            potential: -2.0,
            current: 0.0,
            release: None,
        };
        (neuron, state)
    }

    #[test]
    fn a_driven_neuron_fires_with_the_textbook_period() {
        let period = 20.0 * 2f64.ln();
        for (refractory, expected_count, reset) in [
            (0.0, 7, ResetRule::Subtract { amount: 1.0 }),
            (
                3.0,
                6,
                ResetRule::To {
                    potential: -2.0,
                    refractory: 3.0,
                },
            ),
        ] {
            let (neuron, mut state) = driven(reset);
            let mut log = Log::default();
            neuron.advance(&mut state, 100.0, &mut log);
            for (k, time) in log.spikes.iter().enumerate() {
                let expected = period * (k + 1) as f64 + refractory * k as f64;
                assert!((time - expected).abs() < 1e-12, "{time} {expected}");
            }
            assert_eq!(log.spikes.len(), expected_count);
        }
    }

    #[test]
    fn a_full_sink_ends_the_advance() {
        let (neuron, mut state) = driven(ResetRule::Subtract { amount: 1e-300 });
        let mut log = Log::default();
        neuron.advance(&mut state, 100.0, &mut log);
        assert_eq!(log.spikes.len(), 100);
    }

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

    #[test]
    fn spikes_are_strictly_later_than_the_interval() {
        let (neuron, mut state) = driven(ResetRule::Subtract { amount: 1.0 });
        (state.time, state.potential) = (50.0, -1.0);
        let mut log = Log::default();
        neuron.advance(&mut state, 51.0, &mut log);
        assert_eq!(log.spikes, [50f64.next_up()]);
    }
}
