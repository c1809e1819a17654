//! A bank whose neurons each have their own exponentials.

use super::sweep::AdjointState;
use crate::cpu::compiled::CompiledPopulation;
use crate::dynamics::ArrivalJump;

pub(super) struct PlainBank<'a> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    now: f64,
    state: AdjointState,
}

impl<'a> PlainBank<'a> {
    pub fn new(
        population: &'a CompiledPopulation,
        values: &'a [f64],
        state: AdjointState,
        now: f64,
    ) -> Self {
        Self {
            population,
            values,
            now,
            state,
        }
    }

    fn back_to(&mut self, to: f64) {
        let elapsed = self.now - to;
        if elapsed <= 0.0 {
            return;
        }
        self.now = to;
        // The first current moves with the potential, those of further receptors before it.
        for receptor in 1..self.population.receptors {
            for neuron in 0..self.population.size {
                let flow = self.population.flow(neuron, receptor);
                let current = &mut self.state.current[receptor * self.population.padded() + neuron];
                let step = flow.propagator(elapsed);
                (_, *current) = step.apply_adjoint(self.state.potential[neuron], *current);
            }
        }
        let states = self.state.potential.iter_mut();
        let states = states.zip(self.state.current.iter_mut());
        let shared = self.population.shared_flow.map(|f| f.propagator(elapsed));
        for ((potential, current), dynamics) in states.zip(&self.population.dynamics) {
            let step = shared.unwrap_or_else(|| dynamics.flow.propagator(elapsed));
            (*potential, *current) = step.apply_adjoint(*potential, *current);
        }
    }

    pub fn add_potential(&mut self, time: f64, cotangent: &[f64]) {
        self.back_to(time);
        for (potential, cotangent) in self.state.potential.iter_mut().zip(cotangent) {
            *potential += cotangent;
        }
    }

    pub fn with_potential<T>(
        &mut self,
        time: f64,
        neuron: usize,
        change: impl FnOnce(f64) -> (f64, T),
    ) -> T {
        self.back_to(time);
        let (potential, result) = change(self.state.potential[neuron]);
        self.state.potential[neuron] = potential;
        result
    }

    pub fn row(&mut self, time: f64, row: usize, gradient: &mut [f64]) -> f64 {
        let neurons = 0..self.population.size;
        neurons
            .map(|neuron| self.synapse(time, row, neuron, gradient))
            .sum()
    }

    pub fn synapse(&mut self, time: f64, row: usize, neuron: usize, gradient: &mut [f64]) -> f64 {
        self.back_to(time);
        let ix = self.population.row_weight[row] + neuron;
        let receptor = self.population.incoming_of(row as u32).receptor;
        let rate = self.population.flow(neuron, receptor).synapse_rate;
        let at = receptor * self.population.padded() + neuron;
        let (lv, li) = (self.state.potential[neuron], self.state.current[at]);
        gradient[ix] += li;
        ArrivalJump::new(self.values[ix], rate).transposed(lv, li)
    }

    pub fn finish(mut self, start: f64) -> AdjointState {
        self.back_to(start);
        self.state
    }
}
