//! One neuron through time: spikes, resets and releases between what arrives, whatever its flow.
//!
//! From an arrival to the next a neuron follows its flow to its first crossing of the threshold
//! ([`NeuronFlow::crossing`]), fires, is reset, held and released, and goes on. What arrives adds a weight to the current of
//! its receptor ([`NeuronFlow::receive`]).

use super::{Interval, NeuronDynamics, NeuronFlow, NeuronState, ResetRule, SpikeSink, later};

impl<F: NeuronFlow> NeuronDynamics<F> {
    /// dV/dt of a state: `-b V + I`.
    #[inline]
    pub fn slope(&self, potential: f64, current: &F::Current) -> f64 {
        F::each(current).iter().sum::<f64>() - self.flow.membrane_rate() * potential
    }

    /// When the neuron fires next, and not after `to`, should nothing arrive before; with its current then.
    /// Never at the state's own time, so that what an arrival causes is later than the arrival.
    #[inline]
    pub fn next_spike(
        &self,
        state: &NeuronState<F::Current>,
        to: f64,
    ) -> Option<(f64, F::Current)> {
        let interval = Interval::between(state.time, to);
        let NeuronState {
            potential, current, ..
        } = state;
        let crossing = self
            .flow
            .crossing(*potential, current, self.threshold, interval);
        let (after, current) = crossing?;
        Some((later(state.time, after).min(to), current))
    }

    /// Advances to `to` with no arrival on the way, telling `sink` of every spike and release.
    ///
    /// A spike is always later than the interval's start: what an arrival at
    /// that moment caused must not appear to be simultaneous with it. It is never later than `to`: what
    /// arrives there comes after it.
    #[inline]
    pub fn advance(&self, state: &mut NeuronState<F::Current>, to: f64, sink: &mut impl SpikeSink) {
        loop {
            if self.wait(state, to, sink) {
                return;
            }
            let (elapsed, potential) = (to - state.time, state.potential);
            let threshold = self.threshold;
            if self
                .flow
                .stays_below(elapsed, potential, &state.current, threshold)
            {
                self.drift(state, to);
                return;
            }
            let Some((time, current)) = self.next_spike(state, to) else {
                self.drift(state, to);
                return;
            };
            if !self.fire(state, time, current, sink) {
                return;
            }
        }
    }

    /// Advances to `to`, before which it does not fire; through the end of its hold, where that comes first.
    #[inline]
    pub fn pass(&self, state: &mut NeuronState<F::Current>, to: f64, sink: &mut impl SpikeSink) {
        if !self.wait(state, to, sink) && to > state.time {
            self.drift(state, to);
        }
    }

    /// Follows the flow to `to`.
    #[inline]
    fn drift(&self, state: &mut NeuronState<F::Current>, to: f64) {
        let elapsed = to - state.time;
        (state.potential, state.current) =
            self.flow.after(elapsed, state.potential, &state.current);
        state.time = to;
    }

    /// Advances a neuron that is held to its release, or to `to` if that comes before: then the answer is true.
    #[inline]
    fn wait(
        &self,
        state: &mut NeuronState<F::Current>,
        to: f64,
        sink: &mut impl SpikeSink,
    ) -> bool {
        let Some(release) = state.release else {
            return false;
        };
        let until = release.min(to).max(state.time);
        state.current = self.flow.decayed(until - state.time, &state.current);
        state.time = until;
        if release > to {
            return true;
        }
        self.end_hold(state, sink);
        false
    }

    /// Fires at a time at which the current is given, and resets; without a refractory time it is released at once. False:
    /// the sink is full, and nothing is reset.
    #[inline]
    pub fn fire(
        &self,
        state: &mut NeuronState<F::Current>,
        time: f64,
        current: F::Current,
        sink: &mut impl SpikeSink,
    ) -> bool {
        (state.time, state.current) = (time, current);
        if !sink.spike(time, self.slope(self.threshold, &current)) {
            return false;
        }
        self.reset(state, sink);
        true
    }

    /// Applies the reset to a state at the threshold, releasing it at once where there is no refractory time.
    #[inline]
    pub fn reset(&self, state: &mut NeuronState<F::Current>, sink: &mut impl SpikeSink) {
        match self.reset {
            ResetRule::Subtract { amount } => state.potential = self.threshold - amount,
            ResetRule::To {
                potential,
                refractory,
            } => {
                state.potential = potential;
                // A hold too short for the resolution of time still ends after its spike.
                state.release = Some(later(state.time, refractory));
                if refractory == 0.0 {
                    self.end_hold(state, sink);
                }
            }
        }
    }

    /// Ends the refractory hold of a state that stands at its release.
    #[inline]
    pub fn end_hold(&self, state: &mut NeuronState<F::Current>, sink: &mut impl SpikeSink) {
        if let ResetRule::To { potential, .. } = self.reset {
            state.potential = potential;
            state.release = None;
            sink.release(state.time, self.slope(potential, &state.current));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::{CurrentsFlow, Flow};

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
        fn release(&mut self, _time: f64, _slope: f64) {
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
    fn spikes_are_strictly_later_than_the_interval() {
        let (neuron, mut state) = driven(ResetRule::Subtract { amount: 1.0 });
        (state.time, state.potential) = (50.0, -1.0);
        let mut log = Log::default();
        neuron.advance(&mut state, 51.0, &mut log);
        assert_eq!(log.spikes, [50f64.next_up()]);
    }

    /// One current, and the same in two halves.
    #[test]
    fn several_receptors_walk_as_one_does() {
        for refractory in [None, Some(0.0), Some(1.5)] {
            let reset = match refractory {
                None => ResetRule::Subtract { amount: 1.0 },
                Some(refractory) => ResetRule::To {
                    potential: -0.25,
                    refractory,
                },
            };
            let (threshold, flow) = (1.0, Flow::new(20.0, 5.0));
            let one = NeuronDynamics {
                flow,
                threshold,
                reset,
            };
            let several = NeuronDynamics {
                flow: &CurrentsFlow::new(20.0, &[5.0, 5.0]),
                threshold,
                reset,
            };
            let mut of_one = started(0.0);
            let mut of_several = started(CurrentsFlow::current(|_| 0.0));
            let (mut log, mut other) = (Log::default(), Log::default());
            for arrival in [0.5, 0.7, 2.0, 2.1, 9.0] {
                one.advance(&mut of_one, arrival, &mut log);
                several.advance(&mut of_several, arrival, &mut other);
                Flow::receive(&mut of_one.current, 0, 0.9);
                CurrentsFlow::receive(&mut of_several.current, 0, 0.6);
                CurrentsFlow::receive(&mut of_several.current, 1, 0.3);
            }
            one.advance(&mut of_one, 40.0, &mut log);
            several.advance(&mut of_several, 40.0, &mut other);
            assert!(log.spikes.len() > 3, "{:?}", log.spikes);
            assert_eq!(log.spikes.len(), other.spikes.len());
            assert_eq!(log.releases, other.releases);
            for (time, also) in log.spikes.iter().zip(&other.spikes) {
                assert!((time - also).abs() < 1e-12, "{time} {also}");
            }
        }
    }

    fn started<C>(current: C) -> NeuronState<C> {
        NeuronState {
            time: 0.0,
            potential: 0.0,
            current,
            release: None,
        }
    }
}
