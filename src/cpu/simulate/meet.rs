//! Neurons that may have reached their threshold in one step of a timeline, a register at a time.
//!
//! Most of them stay below after all, or cross once between a start below the threshold and an end above: both
//! are settled here. What is left over is for `look`.

use pulp::{NullaryFnOnce, Simd};

use super::look::Lanes;
use super::root::{Roots, States, is_short, solve};
use crate::cpu::registers::{VECTORS, Vector, bits, load};
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::Timeline;
use crate::dynamics::ResetRule;

pub(super) struct Meet<'a, S: Simd> {
    pub simd: S,
    pub lanes: &'a Lanes<'a>,
    pub timeline: &'a Timeline,
    pub step: usize,
    /// A bit for each lane that the comparison has flagged.
    pub flagged: u32,
    /// At the step's end.
    pub u: &'a mut [S::f64s; VECTORS],
    pub j: &'a [S::f64s; VECTORS],
    pub spikes: &'a mut SpikeColumns,
}

impl<S: Simd> NullaryFnOnce for Meet<'_, S> {
    /// The lanes that are left over.
    type Output = u32;

    #[inline(always)]
    fn call(mut self) -> u32 {
        let mut left = 0;
        for ix in 0..VECTORS {
            let shift = ix * S::F64_LANES;
            let flagged = self.flagged >> shift & ((1 << S::F64_LANES) - 1);
            if flagged != 0 {
                left |= self.register(ix, flagged) << shift;
            }
        }
        left
    }
}

impl<S: Simd> Meet<'_, S> {
    #[inline(always)]
    fn register(&mut self, ix: usize, flagged: u32) -> u32 {
        let (simd, timeline, step) = (self.simd, self.timeline, self.step);
        let splat = |value: f64| Vector::splat(simd, value);
        let (u, j) = (Vector(simd, self.u[ix]), Vector(simd, self.j[ix]));
        let first = self.lanes.first + ix * S::F64_LANES;
        let population = self.lanes.population;
        let threshold = Vector(simd, load::<S, 1>(&population.thresholds[first..])[0]);
        let (start_time, start_synapse, start_membrane) = timeline.inverse_start_of(step);
        let u_before = u - j * splat(timeline.gains[step]);
        let start = (
            u_before * splat(start_membrane),
            j * splat(start_synapse),
        );
        let end = (
            u * splat(timeline.inverse_membrane[step]),
            j * splat(timeline.inverse_synapse[step]),
        );
        let length = timeline.steps[step].time - start_time;
        let starts_below = start.0.lt(threshold);
        let crosses = simd.and_m64s(starts_below, threshold.le(end.0));
        let stays = simd.and_m64s(starts_below, end.0.lt(threshold));
        let stays = simd.and_m64s(stays, self.stays_below(start, end, threshold, length));
        let (crossing, staying) = (bits::<S>(crosses), bits::<S>(stays));
        let resets = population.resets.as_ref();
        let Some(resets) = resets.filter(|_| is_short(self.lanes.flow, length)) else {
            return flagged & !staying;
        };
        if crossing == 0 {
            return flagged & !staying;
        }
        let reset = Vector(simd, load::<S, 1>(&resets[first..])[0]);
        let roots = solve(self.lanes.flow, start, end, threshold, length, crosses);
        // A reset takes the same off U at all later times.
        let lower = splat(timeline.start_of(step).2) / roots.membrane;
        let upper = splat(timeline.membrane[step]);
        let after = u - (threshold - reset) * lower;
        let bar = (threshold * lower).min(threshold * upper);
        let once = simd.and_m64s(crosses, after.lt(bar));
        self.u[ix] = after.or(once, u).1;
        let once = bits::<S>(once);
        self.record(first, once, start_time, start.1, &roots);
        flagged & !staying & !once
    }

    /// `Ends::stays_below` where both ends are below the threshold.
    #[inline(always)]
    fn stays_below(
        &self,
        start: States<S>,
        end: States<S>,
        threshold: Vector<S>,
        length: f64,
    ) -> S::m64s {
        let simd = self.simd;
        let splat = |value: f64| Vector::splat(simd, value);
        let flow = self.lanes.flow;
        let (a, b) = (splat(flow.synapse_rate), splat(flow.membrane_rate));
        let zero = splat(0.0);
        let ((v0, i0), (v1, i1)) = (start, end);
        let (slope0, slope1) = (i0 - b * v0, i1 - b * v1);
        let has_no_peak = simd.or_m64s(
            simd.or_m64s(i0.le(zero), slope0.le(zero)),
            zero.le(slope1),
        );
        let squared = b * b;
        let is_concave = simd.and_m64s(
            (squared * v0).lt((a + b) * i0),
            (squared * v1).lt((a + b) * i1),
        );
        let meet = (v1 - v0 - slope1 * splat(length)) / (slope0 - slope1);
        let top = v0 + slope0 * meet;
        // A sliver for the rounding of this very estimate.
        let is_low = (top + splat(1e-12) * top.abs()).lt(threshold);
        simd.or_m64s(has_no_peak, simd.and_m64s(is_concave, is_low))
    }

    /// Appends the spikes of the lanes in `once`.
    #[inline(always)]
    fn record(
        &mut self,
        first: usize,
        mut once: u32,
        start_time: f64,
        current: Vector<S>,
        roots: &Roots<S>,
    ) {
        let population = self.lanes.population;
        let current = current * roots.synapse;
        let earliest = current.all(start_time.next_up());
        let times = (current.all(start_time) + roots.after).max(earliest);
        while once != 0 {
            let lane = once.trailing_zeros() as usize;
            once &= once - 1;
            let dynamics = &population.dynamics[first + lane];
            let current = current.lanes()[lane];
            let release_slope = match dynamics.reset {
                ResetRule::Subtract { .. } => 0.0,
                ResetRule::To { potential, .. } => {
                    current - dynamics.flow.membrane_rate * potential
                }
            };
            self.spikes.times.push(times.lanes()[lane]);
            self.spikes
                .units
                .push((population.first_unit + first + lane) as u32);
            self.spikes.slopes.push(dynamics.slope_at_threshold(current));
            self.spikes.release_slopes.push(release_slope);
        }
    }
}
