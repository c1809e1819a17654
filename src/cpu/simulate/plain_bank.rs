//! A bank whose neurons each have their own exponentials.

use super::bank::Fired;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState, SpikeColumns};
use crate::dynamics::{Interval, NeuronState, first_crossing, later};

pub(super) struct PlainBank<'a> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    states: Vec<NeuronState>,
    upcoming: Vec<Fired>,
}

impl<'a> PlainBank<'a> {
    pub fn new(
        population: &'a CompiledPopulation,
        values: &'a [f64],
        state: &PopulationState,
        now: f64,
    ) -> Self {
        let states = (0..population.size)
            .map(|ix| NeuronState {
                time: now,
                potential: state.potential[ix],
                current: state.current[ix],
                release: (state.release[ix] != NOT_HELD).then_some(state.release[ix]),
            })
            .collect();
        Self {
            population,
            values,
            states,
            upcoming: Vec::new(),
        }
    }

    pub fn next_release(&self) -> f64 {
        let releases = self.states.iter().filter_map(|state| state.release);
        releases.fold(NOT_HELD, f64::min)
    }

    pub fn upcoming(&self) -> &[Fired] {
        &self.upcoming
    }

    pub fn look(&mut self, until: f64) {
        self.upcoming.clear();
        for (neuron, state) in self.states.iter().enumerate() {
            if state.release.is_some() {
                continue;
            }
            let dynamics = &self.population.dynamics[neuron];
            let crossing = first_crossing(
                &dynamics.flow,
                state.potential,
                state.current,
                dynamics.threshold,
                Interval::between(state.time, until),
            );
            if let Some(crossing) = crossing {
                self.upcoming.push(Fired {
                    time: later(state.time, crossing.after).min(until),
                    neuron,
                    slope: dynamics.slope_at_threshold(state.current * crossing.synapse),
                });
            }
        }
    }

    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        for (neuron, state) in self.states.iter_mut().enumerate() {
            let dynamics = &self.population.dynamics[neuron];
            let step = dynamics.flow.propagator(to - state.time);
            (state.potential, state.current) = step.apply(state.potential, state.current);
            state.time = to;
            if state.release.is_some_and(|release| release <= to) {
                let mut sink = NeuronSink::new(
                    spikes,
                    (self.population.first_unit + neuron) as u32,
                    usize::MAX,
                );
                dynamics.end_hold(state, &mut sink);
            }
        }
    }

    pub fn fire(&mut self, neuron: usize, sink: &mut NeuronSink<'_>) {
        self.population.dynamics[neuron].reset(&mut self.states[neuron], sink);
    }

    pub fn add_row(&mut self, row: usize) {
        let start = self.population.row_weight[row];
        let row = &self.values[start..start + self.population.size];
        for (state, weight) in self.states.iter_mut().zip(row) {
            state.current += weight;
        }
    }

    pub fn add_one(&mut self, row: usize, neuron: usize) {
        self.states[neuron].current += self.values[self.population.row_weight[row] + neuron];
    }

    pub fn store(&self, state: &mut PopulationState) {
        for (ix, neuron) in self.states.iter().enumerate() {
            state.potential[ix] = neuron.potential;
            state.current[ix] = neuron.current;
            state.release[ix] = neuron.release.unwrap_or(NOT_HELD);
        }
    }
}
