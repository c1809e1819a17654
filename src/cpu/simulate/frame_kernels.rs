//! What a bank in the co-moving frame does to all of its neurons at once.

use pulp::{Simd, WithSimd};

use super::bank::Fired;
use super::root::{is_short, solve, stays_below};
use crate::cpu::blocks::BLOCK;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::exponential::exp;
use crate::cpu::registers::{Vector, bits, load};
use crate::dynamics::{Flow, first_crossing, later};

/// Lanes of the widest register.
const WIDEST: usize = 8;

/// Adds a row to J, moves U on, collects the neurons that may
/// have reached their threshold (see `vector` for the argument), and gives the exact answer for them.
pub(super) struct Earliest<'a> {
    pub population: &'a CompiledPopulation,
    pub flow: Flow,
    /// At the end of the interval that was looked at before, to be moved to the end of this one.
    pub u: &'a mut [f64],
    pub j: &'a mut [f64],
    /// The weights that arrive now, if any.
    pub row: Option<&'a [f64]>,
    pub now: f64,
    pub until: f64,
    /// The frame's exp(a t) and exp(b t) now.
    pub synapse: f64,
    pub membrane: f64,
    /// What an interval adds to U per unit of J: from now to where U stands, and from there to the end.
    pub gain_passed: f64,
    pub gain_ahead: f64,
    pub flagged: &'a mut Vec<u32>,
}

impl WithSimd for Earliest<'_> {
    type Output = Option<Fired>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Option<Fired> {
        self.flagged.clear();
        let length = self.until - self.now;
        let decay = (
            exp(-self.flow.membrane_rate * length),
            exp(-self.flow.synapse_rate * length),
        );
        let mut bars = (self.membrane, self.membrane);
        if self.population.has_negative_threshold {
            // Below its drive a threshold falls in the frame: its lowest is at the end.
            bars.1 = self.membrane / decay.0;
        }
        self.flag(simd, bars);
        if self.flagged.is_empty() {
            return None;
        }
        std::hint::cold_path();
        let mut best = None;
        for first in (0..self.flagged.len()).step_by(S::F64_LANES) {
            self.look(simd, first, length, decay, &mut best);
        }
        best
    }
}

impl Earliest<'_> {
    #[inline(always)]
    fn flag<S: Simd>(&mut self, simd: S, bars: (f64, f64)) {
        let arrived = simd.splat_f64s(self.synapse);
        let passed = simd.splat_f64s(self.synapse * self.gain_passed);
        let ahead = simd.splat_f64s(self.gain_ahead);
        let lower = simd.splat_f64s(bars.0);
        let upper = simd.splat_f64s(bars.1);
        let is_negative = self.population.has_negative_threshold;
        let blocks = self
            .u
            .chunks_exact_mut(BLOCK)
            .zip(self.j.chunks_exact_mut(BLOCK));
        let thresholds = self.population.thresholds.chunks_exact(BLOCK);
        for (block, ((u, j), threshold)) in blocks.zip(thresholds).enumerate() {
            let u = S::as_mut_simd_f64s(u).0;
            let j = S::as_mut_simd_f64s(j).0;
            let threshold = S::as_simd_f64s(threshold).0;
            if let Some(row) = self.row {
                let row = S::as_simd_f64s(&row[block * BLOCK..(block + 1) * BLOCK]).0;
                for ix in 0..row.len() {
                    j[ix] = simd.mul_add_f64s(row[ix], arrived, j[ix]);
                    u[ix] = simd.mul_add_f64s(row[ix], passed, u[ix]);
                }
            }
            let mut any = simd.less_than_f64s(lower, lower);
            for ix in 0..u.len() {
                u[ix] = simd.mul_add_f64s(j[ix], ahead, u[ix]);
                let mut bar = simd.mul_f64s(threshold[ix], lower);
                if is_negative {
                    bar = simd.min_f64s(bar, simd.mul_f64s(threshold[ix], upper));
                }
                any = simd.or_m64s(any, simd.greater_than_or_equal_f64s(u[ix], bar));
            }
            if bits::<S>(any) != 0 {
                for ix in 0..u.len() {
                    let mut bar = simd.mul_f64s(threshold[ix], lower);
                    if is_negative {
                        bar = simd.min_f64s(bar, simd.mul_f64s(threshold[ix], upper));
                    }
                    let mut flagged = bits::<S>(simd.greater_than_or_equal_f64s(u[ix], bar));
                    while flagged != 0 {
                        let lane = ix * S::F64_LANES + flagged.trailing_zeros() as usize;
                        self.flagged.push((block * BLOCK + lane) as u32);
                        flagged &= flagged - 1;
                    }
                }
            }
        }
    }

    /// The exact answer for a register of neurons that were flagged.
    #[inline(always)]
    fn look<S: Simd>(
        &self,
        simd: S,
        first: usize,
        length: f64,
        decay: (f64, f64),
        best: &mut Option<Fired>,
    ) {
        let flagged = &self.flagged[first..];
        let flagged = &flagged[..flagged.len().min(S::F64_LANES)];
        let (mut u, mut j) = ([0.0; WIDEST], [0.0; WIDEST]);
        let mut threshold = [f64::MAX; WIDEST];
        for (ix, &neuron) in flagged.iter().enumerate() {
            let neuron = neuron as usize;
            (u[ix], j[ix]) = (self.u[neuron], self.j[neuron]);
            threshold[ix] = self.population.thresholds[neuron];
        }
        let u = Vector(simd, load::<S, 1>(&u)[0]);
        let j = Vector(simd, load::<S, 1>(&j)[0]);
        let threshold = Vector(simd, load::<S, 1>(&threshold)[0]);
        let (inverse_b, inverse_a) = (1.0 / self.membrane, 1.0 / self.synapse);
        let gain = u.all(self.gain_passed + self.gain_ahead);
        let start = ((u - j * gain) * u.all(inverse_b), j * u.all(inverse_a));
        let end = (u * u.all(inverse_b * decay.0), start.1 * u.all(decay.1));
        let crosses = simd.and_m64s(start.0.lt(threshold), threshold.le(end.0));
        let mut crossing = bits::<S>(crosses);
        let mut left = (1 << flagged.len()) - 1;
        if is_short(&self.flow, length) {
            left &= !crossing;
            if left != 0 {
                left &= !stays_below(&self.flow, start, end, threshold, u.all(length));
            }
            if crossing != 0 {
                let upper = u.all(length);
                let roots = solve(&self.flow, start, end, threshold, upper, crosses);
                let current = start.1 * roots.synapse;
                while crossing != 0 {
                    let lane = crossing.trailing_zeros() as usize;
                    crossing &= crossing - 1;
                    let after = roots.after.lanes()[lane];
                    self.improve(best, flagged[lane], after, current.lanes()[lane]);
                }
            }
        }
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            let (potential, current) = (start.0.lanes()[lane], start.1.lanes()[lane]);
            let threshold = threshold.lanes()[lane];
            let crossing = first_crossing(&self.flow, potential, current, threshold, length);
            if let Some(crossing) = crossing {
                let current = current * crossing.synapse;
                self.improve(best, flagged[lane], crossing.after, current);
            }
        }
    }

    /// Takes a crossing over if it is the earliest so far; of simultaneous ones the lowest neuron's.
    #[inline(always)]
    fn improve(&self, best: &mut Option<Fired>, neuron: u32, after: f64, current: f64) {
        let (time, neuron) = (later(self.now, after), neuron as usize);
        let is_first = best.is_none_or(|best| (time, neuron) < (best.time, best.neuron));
        if is_first {
            let dynamics = &self.population.dynamics[neuron];
            *best = Some(Fired {
                time,
                neuron,
                slope: dynamics.slope_at_threshold(current),
            });
        }
    }
}

/// `target += source * factor`.
pub(super) struct MultiplyAdd<'a> {
    pub target: &'a mut [f64],
    pub source: &'a [f64],
    pub factor: f64,
}

impl WithSimd for MultiplyAdd<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = simd.splat_f64s(self.factor);
        // Both are padded to whole blocks: there is no tail.
        let target = S::as_mut_simd_f64s(self.target).0;
        let source = S::as_simd_f64s(self.source).0;
        for (target, &source) in target.iter_mut().zip(source) {
            *target = simd.mul_add_f64s(source, splat, *target);
        }
    }
}
