//! A bank in the co-moving frame, backward.
//!
//! With `lv = exp(b t) Lv` and `li = exp(a t) Li` the flow backward over a step is `Li += Lv gain`,
//! which waits until an arrival passes over all neurons anyway.

use pulp::{Arch, Simd, WithSimd};

use super::sweep::AdjointState;
use crate::cpu::blocks::Blocks;
use crate::cpu::registers::{VECTORS, load, store};
use crate::cpu::timeline::{GAP, Timeline};
use crate::dynamics::Flow;

pub(super) struct FrameBank<'a> {
    flow: Flow,
    weights: &'a Blocks,
    arch: Arch,
    timeline: &'a Timeline,
    /// Where the bank stands: at the end of this many steps.
    steps: usize,
    /// What the steps since the last pass add to Li per unit of Lv.
    pending: f64,
    /// Whether anything of the state differs from zero.
    is_active: bool,
    /// Lv and Li.
    state: AdjointState,
}

impl<'a> FrameBank<'a> {
    pub fn new(
        flow: Flow,
        weights: &'a Blocks,
        mut state: AdjointState,
        timeline: &'a Timeline,
    ) -> Self {
        let (synapse, membrane) = timeline.end_factors();
        let is_zero = |values: &[f64]| values.iter().all(|&value| value == 0.0);
        let is_active = !is_zero(&state.potential) || !is_zero(&state.current);
        for (v, i) in state.potential.iter_mut().zip(state.current.iter_mut()) {
            (*v, *i) = (*v / membrane, *i / synapse);
        }
        Self {
            flow,
            weights,
            arch: Arch::new(),
            timeline,
            steps: timeline.len(),
            pending: 0.0,
            is_active,
            state,
        }
    }

    /// Goes back to the end of the first `steps` steps.
    fn back_to(&mut self, steps: usize) {
        while self.steps > steps {
            self.steps -= 1;
            let gain = self.timeline.gains[self.steps];
            if gain == GAP {
                self.leave_frame();
            } else {
                self.pending += gain;
            }
        }
    }

    /// A step outside of the frame, at whose end the frame's factors are 1.
    fn leave_frame(&mut self) {
        self.catch_up();
        if !self.is_active {
            return;
        }
        let (start, synapse, membrane) = self.timeline.start_of(self.steps);
        let elapsed = self.timeline.steps[self.steps].time - start;
        let step = self.flow.propagator(elapsed);
        let states = self.state.potential.iter_mut();
        for (v, i) in states.zip(self.state.current.iter_mut()) {
            let (potential, current) = step.apply_adjoint(*v, *i);
            (*v, *i) = (potential / membrane, current / synapse);
        }
    }

    fn catch_up(&mut self) {
        let gain = std::mem::take(&mut self.pending);
        if gain == 0.0 || !self.is_active {
            return;
        }
        let (potential, current) = (&self.state.potential, &mut self.state.current);
        self.arch.dispatch(|| {
            for (i, v) in current.iter_mut().zip(potential.iter()) {
                *i = v.mul_add(gain, *i);
            }
        });
    }

    pub fn add_potential(&mut self, event: usize, cotangent: &[f64]) {
        self.back_to(event + 1);
        self.catch_up();
        self.is_active = true;
        let membrane = self.timeline.membrane[event];
        for (potential, cotangent) in self.state.potential.iter_mut().zip(cotangent) {
            *potential += cotangent / membrane;
        }
    }

    pub fn with_potential<T>(
        &mut self,
        event: usize,
        neuron: usize,
        change: impl FnOnce(f64) -> (f64, T),
    ) -> T {
        self.back_to(event + 1);
        self.catch_up();
        let membrane = self.timeline.membrane[event];
        let (potential, result) = change(self.state.potential[neuron] * membrane);
        self.state.potential[neuron] = potential / membrane;
        self.is_active |= potential != 0.0;
        result
    }

    pub fn row(&mut self, event: usize, row: usize, is_wanted: bool, gradient: &mut Blocks) -> f64 {
        self.back_to(event + 1);
        if !self.is_active {
            self.pending = 0.0;
            return 0.0;
        }
        let gain = std::mem::take(&mut self.pending);
        let synapse = self.timeline.synapse[event];
        let sums = self.arch.dispatch(ThroughRow {
            gain,
            synapse,
            weights: is_wanted.then(|| self.weights.row(row)),
            gradient: gradient.row_mut(row),
            v: &self.state.potential,
            i: &mut self.state.current,
        });
        self.flow.synapse_rate * synapse * sums.1 - self.timeline.membrane[event] * sums.0
    }

    pub fn finish(mut self) -> AdjointState {
        self.back_to(0);
        self.catch_up();
        // The frame at the window's start is the state itself.
        self.state
    }
}

/// Moves Li back by a gain, adds it to a row of gradients, and sums Lv and Li by a row of weights.
struct ThroughRow<'a> {
    gain: f64,
    synapse: f64,
    weights: Option<&'a [f64]>,
    gradient: &'a mut [f64],
    v: &'a [f64],
    i: &'a mut [f64],
}

impl WithSimd for ThroughRow<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (f64, f64) {
        let gain = simd.splat_f64s(self.gain);
        let synapse = simd.splat_f64s(self.synapse);
        let zero = [simd.splat_f64s(0.0); VECTORS];
        let (mut on_v, mut on_i) = (zero, zero);
        // All are padded to whole blocks: there are no tails.
        for first in (0..self.v.len()).step_by(VECTORS * S::F64_LANES) {
            let v = load::<S, VECTORS>(&self.v[first..]);
            let mut i = load::<S, VECTORS>(&self.i[first..]);
            let mut sums = load::<S, VECTORS>(&self.gradient[first..]);
            for ix in 0..VECTORS {
                i[ix] = simd.mul_add_f64s(v[ix], gain, i[ix]);
                sums[ix] = simd.mul_add_f64s(i[ix], synapse, sums[ix]);
            }
            store::<S, VECTORS>(&mut self.i[first..], &i);
            store::<S, VECTORS>(&mut self.gradient[first..], &sums);
            if let Some(weights) = self.weights {
                let weights = load::<S, VECTORS>(&weights[first..]);
                for ix in 0..VECTORS {
                    on_v[ix] = simd.mul_add_f64s(weights[ix], v[ix], on_v[ix]);
                    on_i[ix] = simd.mul_add_f64s(weights[ix], i[ix], on_i[ix]);
                }
            }
        }
        (sum(simd, on_v), sum(simd, on_i))
    }
}

#[inline(always)]
fn sum<S: Simd>(simd: S, parts: [S::f64s; VECTORS]) -> f64 {
    let mut sum = parts[0];
    for &part in &parts[1..] {
        sum = simd.add_f64s(sum, part);
    }
    simd.reduce_sum_f64s(sum)
}
