//! A neuron that has a time of its own.

use crate::cpu::sample::NeuronSink;
use crate::dynamics::{NeuronDynamics, NeuronState};

/// A neuron that fires or is released, unless something happens to it before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Upcoming {
    pub time: f64,
    /// Counted through the stage.
    pub neuron: u32,
    /// Outdated where it is not the neuron's latest.
    pub version: u32,
    /// The synaptic current at a spike.
    pub current: f64,
}

impl Eq for Upcoming {}

impl Ord for Upcoming {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_time = self.time.total_cmp(&other.time);
        by_time.then(self.neuron.cmp(&other.neuron))
    }
}

impl PartialOrd for Upcoming {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A neuron on its way through a window.
pub(super) struct Cell<'a> {
    pub dynamics: &'a NeuronDynamics,
    pub state: NeuronState,
    /// How often something has happened to it.
    pub version: u32,
}

impl Cell<'_> {
    /// Moves on to a time before which no crossing comes.
    pub fn move_to(&mut self, time: f64, sink: &mut NeuronSink<'_>) {
        let state = &mut self.state;
        if state.release.is_some() {
            self.dynamics.advance(state, time, sink);
            return;
        }
        let elapsed = time - state.time;
        if elapsed > 0.0 {
            let step = self.dynamics.flow.propagator(elapsed);
            (state.potential, state.current) = step.apply(state.potential, state.current);
            state.time = time;
        }
    }

    /// A time until which V stays below its threshold, in ms, the resolution of time and rounding left aside.
    pub fn quiet_until(&self) -> f64 {
        /// Below the tangent by rounding only, V is looked at.
        const SLIVER: f64 = 1e-12;
        let NeuronState {
            time,
            potential,
            current,
            ..
        } = self.state;
        let threshold = self.dynamics.threshold;
        if threshold <= 0.0 || potential >= threshold {
            return time;
        }
        // A threshold above rest is reached only by a current above zero, while V rises.
        let slope = current - self.dynamics.flow.membrane_rate * potential;
        if current <= 0.0 || slope <= 0.0 {
            return f64::MAX;
        }
        let room = threshold - potential - SLIVER * (threshold + potential.abs());
        (time + room / slope).max(time)
    }
}
