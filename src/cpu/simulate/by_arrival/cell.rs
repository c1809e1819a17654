//! A neuron that has a time of its own.

use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState};
use crate::dynamics::{Interval, NeuronDynamics, NeuronState, SpikeSink, first_crossing, later};

/// A neuron that fires or is released, unless something happens to it before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Upcoming {
    pub time: f64,
    /// Counted through the stage.
    pub neuron: u32,
    /// Outdated where it is not the neuron's latest.
    pub version: u32,
    /// The synaptic current at a spike, of all receptors.
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
pub(super) trait Cell<'a>: Sized {
    /// Whether it tells its receptors apart.
    const HAS_RECEPTORS: bool;

    /// A neuron of a population at the window's start, `now`.
    fn new(
        population: &'a CompiledPopulation,
        state: &PopulationState,
        neuron: usize,
        now: f64,
    ) -> Self;

    /// Until when it has moved, in ms.
    fn time(&self) -> f64;

    /// The end of its hold, in ms.
    fn release(&self) -> Option<f64>;

    /// Moves on to a time before which no crossing comes.
    fn move_to(&mut self, time: f64, sink: &mut NeuronSink<'_>);

    /// Adds a weight to a synaptic current.
    fn receive(&mut self, receptor: usize, weight: f64);

    /// A time until which V stays below its threshold, in ms, the resolution of time and rounding left aside.
    fn quiet_until(&self) -> f64;

    /// When it fires next, and not after `to`, in ms, should nothing arrive before; with its synaptic current then.
    fn next_spike(&self, to: f64) -> Option<(f64, f64)>;

    /// Fires at a time at which its synaptic current is given. False: the sink is full.
    fn fire(&mut self, time: f64, current: f64, sink: &mut NeuronSink<'_>) -> bool;

    /// Moves on to the window's end, before which nothing happens, and hands its state back.
    fn store(
        &self,
        to: f64,
        population: &CompiledPopulation,
        neuron: usize,
        state: &mut PopulationState,
    );
}

/// A neuron with one synaptic current.
pub(super) struct One<'a> {
    dynamics: &'a NeuronDynamics,
    state: NeuronState,
}

impl<'a> Cell<'a> for One<'a> {
    const HAS_RECEPTORS: bool = false;

    fn new(
        population: &'a CompiledPopulation,
        state: &PopulationState,
        neuron: usize,
        now: f64,
    ) -> Self {
        Self {
            dynamics: &population.dynamics[neuron],
            state: NeuronState {
                time: now,
                potential: state.potential[neuron],
                current: state.current[neuron],
                release: Some(state.release[neuron]).filter(|&release| release != NOT_HELD),
            },
        }
    }

    fn time(&self) -> f64 {
        self.state.time
    }

    fn release(&self) -> Option<f64> {
        self.state.release
    }

    fn move_to(&mut self, time: f64, sink: &mut NeuronSink<'_>) {
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

    fn receive(&mut self, _: usize, weight: f64) {
        self.state.current += weight;
    }

    fn quiet_until(&self) -> f64 {
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

    fn next_spike(&self, to: f64) -> Option<(f64, f64)> {
        let Self { dynamics, state } = self;
        let crossing = first_crossing(
            &dynamics.flow,
            state.potential,
            state.current,
            dynamics.threshold,
            Interval::between(state.time, to),
        )?;
        let time = later(state.time, crossing.after).min(to);
        Some((time, state.current * crossing.synapse))
    }

    fn fire(&mut self, time: f64, current: f64, sink: &mut NeuronSink<'_>) -> bool {
        (self.state.time, self.state.current) = (time, current);
        let has_room = sink.spike(time, self.dynamics.slope_at_threshold(current));
        self.dynamics.fire(&mut self.state, sink);
        has_room
    }

    fn store(&self, to: f64, _: &CompiledPopulation, neuron: usize, state: &mut PopulationState) {
        let step = self.dynamics.flow.propagator(to - self.state.time);
        (state.potential[neuron], state.current[neuron]) =
            step.apply(self.state.potential, self.state.current);
        state.release[neuron] = self.state.release.unwrap_or(NOT_HELD);
    }
}
