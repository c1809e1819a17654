//! The adjoint of a whole population's state, from event to event.

use pulp::{Arch, Simd, WithSimd};

use super::sweep::AdjointState;
use crate::cpu::aligned::Aligned;
use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::compiled::CompiledPopulation;
use crate::dynamics::{Flow, Propagator};

pub(super) struct AdjointBank<'a> {
    population: &'a CompiledPopulation,
    values: &'a [f64],
    arch: Arch,
    now: f64,
    /// The end of the run.
    end: f64,
    /// Whether anything of the state differs from zero.
    is_active: bool,
    has_density: bool,
    /// dL/dV.
    pub potential: Aligned,
    /// dL/dI.
    pub current: Aligned,
    /// dL/d(integral of V), which acts on V all the time.
    density: Aligned,
}

impl<'a> AdjointBank<'a> {
    pub fn new(
        population: &'a CompiledPopulation,
        values: &'a [f64],
        state: &AdjointState,
        density: &'a [f64],
        (now, end): (f64, f64),
    ) -> Self {
        let is_zero = |values: &[f64]| values.iter().all(|&value| value == 0.0);
        Self {
            is_active: !is_zero(&state.potential) || !is_zero(&state.current),
            has_density: !is_zero(density),
            end,
            population,
            values,
            arch: Arch::new(),
            now,
            potential: state.potential.clone(),
            current: state.current.clone(),
            density: Aligned::padded(density, population.padded(), 0.0),
        }
    }

    /// Goes back to `to`.
    pub fn back_to(&mut self, to: f64) {
        let elapsed = self.now - to;
        if elapsed <= 0.0 {
            return;
        }
        self.now = to;
        if !self.is_active {
            return;
        }
        match self.population.shared_flow {
            Some(flow) => self.arch.dispatch(Back {
                step: flow.propagator(elapsed),
                potential: &mut self.potential,
                current: &mut self.current,
            }),
            None => {
                for neuron in 0..self.population.size {
                    let step = self.population.dynamics[neuron].flow.propagator(elapsed);
                    (self.potential[neuron], self.current[neuron]) =
                        step.apply_adjoint(self.potential[neuron], self.current[neuron]);
                }
            }
        }
    }

    /// Adds dL/dV now.
    pub fn add_potential(&mut self, cotangent: &[f64]) {
        self.is_active = true;
        for (potential, cotangent) in self.potential.iter_mut().zip(cotangent) {
            *potential += cotangent;
        }
    }

    /// Takes one neuron's dL/dV through `change`.
    pub fn with_potential<T>(&mut self, neuron: usize, change: impl FnOnce(f64) -> (f64, T)) -> T {
        let (potential, result) = change(self.potential[neuron]);
        self.potential[neuron] = potential;
        self.is_active |= potential != 0.0;
        result
    }

    /// Goes back to an arrival at every neuron and through it: adds to the gradient of its
    /// weights, gives dL/d(arrival time).
    pub fn row(&mut self, time: f64, row: usize, gradient: &mut WeightGradient<'_>) -> f64 {
        let population = self.population;
        let (Some(flow), Some(weights), Some(blocks)) =
            (population.frame, &population.weights, &mut gradient.blocks)
        else {
            self.back_to(time);
            let neurons = 0..population.size;
            return neurons
                .map(|neuron| self.synapse_now(row, neuron, gradient.flat))
                .sum();
        };
        let elapsed = self.now - time;
        self.now = time;
        if !self.is_active && !self.has_density {
            return 0.0;
        }
        let on = self.has_density.then(|| self.density_now(&flow));
        self.arch.dispatch(BackAndRow {
            step: flow.propagator(elapsed),
            rate: flow.synapse_rate,
            row,
            weights,
            gradient: blocks,
            potential: &mut self.potential,
            current: &mut self.current,
            density: on.map(|on| (&*self.density, on)),
        })
    }

    /// Goes back to an arrival at one neuron and through it.
    pub fn synapse(&mut self, time: f64, row: usize, neuron: usize, gradient: &mut [f64]) -> f64 {
        self.back_to(time);
        self.synapse_now(row, neuron, gradient)
    }

    fn synapse_now(&self, row: usize, neuron: usize, gradient: &mut [f64]) -> f64 {
        let ix = self.population.row_weight[row] + neuron;
        let flow = self.population.dynamics[neuron].flow;
        let (mut lv, mut li) = (self.potential[neuron], self.current[neuron]);
        let density = self.density[neuron];
        if density != 0.0 {
            let (on_potential, on_current) = self.density_now(&flow);
            lv += density * on_potential;
            li += density * on_current;
        }
        gradient[ix] += li;
        self.values[ix] * (flow.synapse_rate * li - lv)
    }

    /// What a unit of dL/d(integral of V) over the rest of the run adds to dL/dV and dL/dI now.
    fn density_now(&self, flow: &Flow) -> (f64, f64) {
        let remaining = self.end - self.now;
        let Propagator {
            membrane,
            synapse,
            gain,
        } = flow.propagator(remaining);
        // Integrating dV/dt = -b V + I and dI/dt = -a I from V = 1, and from I = 1.
        let on_potential = (1.0 - membrane) / flow.membrane_rate;
        let on_current = ((1.0 - synapse) / flow.synapse_rate - gain) / flow.membrane_rate;
        (on_potential, on_current)
    }
}

/// Where the gradient of a population's weights is collected: by block in the frame, flat otherwise.
pub(super) struct WeightGradient<'a> {
    pub blocks: Option<&'a mut Blocks>,
    pub flat: &'a mut [f64],
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

/// [`Back`] and then an arrival over a row, in one pass. All are whole blocks.
struct BackAndRow<'a> {
    step: Propagator,
    rate: f64,
    row: usize,
    weights: &'a Blocks,
    gradient: &'a mut Blocks,
    potential: &'a mut [f64],
    current: &'a mut [f64],
    /// What acts on V all the time, and what a unit of it adds to dL/dV and dL/dI now.
    density: Option<(&'a [f64], (f64, f64))>,
}

impl WithSimd for BackAndRow<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let membrane = simd.splat_f64s(self.step.membrane);
        let synapse = simd.splat_f64s(self.step.synapse);
        let gain = simd.splat_f64s(self.step.gain);
        let rate = simd.splat_f64s(self.rate);
        let row = self.row * BLOCK..(self.row + 1) * BLOCK;
        let mut sum = simd.splat_f64s(0.0);
        let states = self
            .potential
            .chunks_exact_mut(BLOCK)
            .zip(self.current.chunks_exact_mut(BLOCK));
        for (block, (potential, current)) in states.enumerate() {
            let weights = S::as_simd_f64s(&self.weights.block(block)[row.clone()]).0;
            let gradient = S::as_mut_simd_f64s(&mut self.gradient.block_mut(block)[row.clone()]).0;
            let potential = S::as_mut_simd_f64s(potential).0;
            let current = S::as_mut_simd_f64s(current).0;
            let density = self.density.map(|(density, on)| {
                let density = &density[block * BLOCK..(block + 1) * BLOCK];
                let on = (simd.splat_f64s(on.0), simd.splat_f64s(on.1));
                (S::as_simd_f64s(density).0, on)
            });
            for ix in 0..weights.len() {
                let decayed = simd.mul_f64s(current[ix], synapse);
                let mut li = simd.mul_add_f64s(potential[ix], gain, decayed);
                let mut lv = simd.mul_f64s(potential[ix], membrane);
                (potential[ix], current[ix]) = (lv, li);
                if let Some((density, on)) = density {
                    lv = simd.mul_add_f64s(density[ix], on.0, lv);
                    li = simd.mul_add_f64s(density[ix], on.1, li);
                }
                gradient[ix] = simd.add_f64s(gradient[ix], li);
                let x = simd.sub_f64s(simd.mul_f64s(rate, li), lv);
                sum = simd.mul_add_f64s(weights[ix], x, sum);
            }
        }
        simd.reduce_sum_f64s(sum)
    }
}
