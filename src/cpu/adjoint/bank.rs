//! The adjoint of a whole population's state, from event to event.

use pulp::{Arch, Simd, WithSimd};

use super::sweep::AdjointState;
use crate::cpu::compiled::CompiledPopulation;
use crate::dynamics::{Flow, Propagator};

pub(super) struct AdjointBank<'a> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    arch: Arch,
    now: f64,
    /// dL/dV.
    pub potential: Vec<f64>,
    /// dL/dI.
    pub current: Vec<f64>,
    /// dL/d(integral of V), which acts on V all the time; empty where there is none.
    density: &'a [f64],
}

impl<'a> AdjointBank<'a> {
    pub fn new(
        population: &'a CompiledPopulation,
        values: &'a [f64],
        state: &AdjointState,
        density: &'a [f64],
        now: f64,
    ) -> Self {
        Self {
            population,
            values,
            arch: Arch::new(),
            now,
            potential: state.potential.clone(),
            current: state.current.clone(),
            density,
        }
    }

    /// Goes back to `to`.
    pub fn back_to(&mut self, to: f64) {
        let elapsed = self.now - to;
        if elapsed <= 0.0 {
            return;
        }
        self.now = to;
        match self.population.shared_flow {
            Some(flow) => {
                self.arch.dispatch(Back {
                    step: flow.propagator(elapsed),
                    potential: &mut self.potential,
                    current: &mut self.current,
                });
                let (on_potential, on_current) = source(&flow, elapsed);
                for (neuron, density) in self.density.iter().enumerate() {
                    self.potential[neuron] += density * on_potential;
                    self.current[neuron] += density * on_current;
                }
            }
            None => {
                for neuron in 0..self.population.size {
                    let flow = self.population.dynamics[neuron].flow;
                    let step = flow.propagator(elapsed);
                    let (mut potential, mut current) =
                        step.apply_adjoint(self.potential[neuron], self.current[neuron]);
                    if let Some(density) = self.density.get(neuron) {
                        let (on_potential, on_current) = source(&flow, elapsed);
                        potential += density * on_potential;
                        current += density * on_current;
                    }
                    (self.potential[neuron], self.current[neuron]) = (potential, current);
                }
            }
        }
    }

    /// Adds dL/dV now.
    pub fn add_potential(&mut self, cotangent: &[f64]) {
        for (potential, cotangent) in self.potential.iter_mut().zip(cotangent) {
            *potential += cotangent;
        }
    }

    /// Back through an arrival at every neuron: adds to the gradient of its weights, gives dL/d(arrival time).
    pub fn row(&mut self, row: usize, gradient: &mut [f64]) -> f64 {
        let size = self.population.size;
        let start = self.population.row_weight[row];
        if let Some(flow) = self.population.shared_flow {
            return self.arch.dispatch(Row {
                rate: flow.synapse_rate,
                weights: &self.values[start..start + size],
                gradient: &mut gradient[start..start + size],
                potential: &self.potential[..size],
                current: &self.current[..size],
            });
        }
        (0..size)
            .map(|neuron| self.synapse(row, neuron, gradient))
            .sum()
    }

    /// Back through an arrival at one neuron.
    pub fn synapse(&self, row: usize, neuron: usize, gradient: &mut [f64]) -> f64 {
        let ix = self.population.row_weight[row] + neuron;
        gradient[ix] += self.current[neuron];
        let rate = self.population.dynamics[neuron].flow.synapse_rate;
        self.values[ix] * (rate * self.current[neuron] - self.potential[neuron])
    }
}

/// What a unit of dL/d(integral of V) adds to dL/dV and dL/dI over an interval, from its end to its start.
fn source(flow: &Flow, elapsed: f64) -> (f64, f64) {
    let on_potential = -(-flow.membrane_rate * elapsed).exp_m1() / flow.membrane_rate;
    (on_potential, flow.integrated_gain(elapsed))
}

struct Back<'a> {
    step: Propagator,
    potential: &'a mut [f64],
    current: &'a mut [f64],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let membrane = simd.splat_f64s(self.step.membrane);
        let synapse = simd.splat_f64s(self.step.synapse);
        let gain = simd.splat_f64s(self.step.gain);
        // Both are padded to whole blocks: there is no tail.
        let potential = S::as_mut_simd_f64s(self.potential).0;
        let current = S::as_mut_simd_f64s(self.current).0;
        for (potential, current) in potential.iter_mut().zip(current) {
            let decayed = simd.mul_f64s(*current, synapse);
            *current = simd.mul_add_f64s(*potential, gain, decayed);
            *potential = simd.mul_f64s(*potential, membrane);
        }
    }
}

struct Row<'a> {
    rate: f64,
    weights: &'a [f64],
    gradient: &'a mut [f64],
    potential: &'a [f64],
    current: &'a [f64],
}

impl WithSimd for Row<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let rate = simd.splat_f64s(self.rate);
        let (weights, weights_tail) = S::as_simd_f64s(self.weights);
        let (gradient, gradient_tail) = S::as_mut_simd_f64s(self.gradient);
        let (potential, potential_tail) = S::as_simd_f64s(self.potential);
        let (current, current_tail) = S::as_simd_f64s(self.current);
        let mut sum = simd.splat_f64s(0.0);
        for (((&w, g), &lv), &li) in weights.iter().zip(gradient).zip(potential).zip(current) {
            *g = simd.add_f64s(*g, li);
            let x = simd.sub_f64s(simd.mul_f64s(rate, li), lv);
            sum = simd.mul_add_f64s(w, x, sum);
        }
        let mut total = simd.reduce_sum_f64s(sum);
        let tail = weights_tail.iter().zip(gradient_tail);
        for (((&w, g), &lv), &li) in tail.zip(potential_tail).zip(current_tail) {
            *g += li;
            total += w * (self.rate * li - lv);
        }
        total
    }
}
