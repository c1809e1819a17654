//! A neuron with several synaptic currents.

use super::cell::Cell;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState};
use crate::dynamics::{
    CurrentState, CurrentsFlow, Interval, MAX_CURRENTS, NeuronDynamics, ResetRule, SpikeSink, later,
};

pub(super) struct Several<'a> {
    dynamics: &'a NeuronDynamics,
    flow: &'a CurrentsFlow,
    time: f64,
    state: CurrentState,
    release: Option<f64>,
}

/// V is looked at where a bound keeps it below the threshold by rounding only.
const SLIVER: f64 = 1e-12;

impl Several<'_> {
    /// The state some time later, V staying where it is while it is held.
    fn after(&self, elapsed: f64) -> CurrentState {
        let after = self.flow.after(elapsed, &self.state);
        CurrentState {
            potential: match self.release {
                Some(_) => self.state.potential,
                None => after.potential,
            },
            ..after
        }
    }

    fn end_hold(&mut self, sink: &mut NeuronSink<'_>) {
        if let ResetRule::To { potential, .. } = self.dynamics.reset {
            self.state.potential = potential;
            self.release = None;
            sink.release(self.flow.slope(&self.state));
        }
    }
}

impl<'a> Cell<'a> for Several<'a> {
    const HAS_RECEPTORS: bool = true;

    fn new(
        population: &'a CompiledPopulation,
        state: &PopulationState,
        neuron: usize,
        now: f64,
    ) -> Self {
        let mut currents = [0.0; MAX_CURRENTS];
        for (receptor, current) in currents[..population.receptors].iter_mut().enumerate() {
            *current = state.current[receptor * population.padded() + neuron];
        }
        Self {
            dynamics: &population.dynamics[neuron],
            flow: &population.currents[neuron],
            time: now,
            state: CurrentState {
                potential: state.potential[neuron],
                currents,
            },
            release: Some(state.release[neuron]).filter(|&release| release != NOT_HELD),
        }
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn release(&self) -> Option<f64> {
        self.release
    }

    fn move_to(&mut self, time: f64, sink: &mut NeuronSink<'_>) {
        let until = self.release.map_or(time, |release| release.min(time));
        if until > self.time {
            self.state = self.after(until - self.time);
            self.time = until;
        }
        if self.release.is_some_and(|release| release <= time) {
            self.end_hold(sink);
            self.move_to(time, sink);
        }
    }

    fn receive(&mut self, receptor: usize, weight: f64) {
        self.state.currents[receptor] += weight;
    }

    /// With all currents above zero held where they are and those below left out, V is concave while it rises, and lies
    /// below its tangent.
    fn quiet_until(&self) -> f64 {
        let (threshold, potential) = (self.dynamics.threshold, self.state.potential);
        if threshold <= 0.0 || potential >= threshold {
            return self.time;
        }
        let current: f64 = self.state.currents.iter().map(|i| i.max(0.0)).sum();
        let rate = self.flow.membrane_rate;
        let slope = current - rate * potential;
        if slope <= 0.0 || current < rate * threshold * (1.0 - SLIVER) {
            return f64::MAX;
        }
        let room = threshold - potential - SLIVER * (threshold + potential.abs());
        (self.time + room / slope).max(self.time)
    }

    fn next_spike(&self, to: f64) -> Option<(f64, f64)> {
        let threshold = self.dynamics.threshold;
        let interval = Interval::between(self.time, to);
        let after = self.flow.first_crossing(&self.state, threshold, interval)?;
        let current = self.after(after).currents.iter().sum();
        Some((later(self.time, after).min(to), current))
    }

    fn fire(&mut self, time: f64, current: f64, sink: &mut NeuronSink<'_>) -> bool {
        self.state = self.after((time - self.time).max(0.0));
        self.time = time;
        let has_room = sink.spike(time, self.dynamics.slope_at_threshold(current));
        match self.dynamics.reset {
            ResetRule::Subtract { amount } => {
                self.state.potential = self.dynamics.threshold - amount;
            }
            ResetRule::To { refractory, .. } => {
                self.release = Some(later(time, refractory));
                if refractory == 0.0 {
                    self.end_hold(sink);
                }
            }
        }
        has_room
    }

    fn store(
        &self,
        to: f64,
        population: &CompiledPopulation,
        neuron: usize,
        state: &mut PopulationState,
    ) {
        let last = self.after(to - self.time);
        state.potential[neuron] = last.potential;
        for (receptor, current) in last.currents[..population.receptors].iter().enumerate() {
            state.current[receptor * population.padded() + neuron] = *current;
        }
        state.release[neuron] = self.release.unwrap_or(NOT_HELD);
    }
}
