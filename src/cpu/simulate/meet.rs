//! Neurons that may have reached their threshold in one step of a timeline, all lanes at once.
//!
//! Most of them stay below after all, or cross between a start below the threshold and an end above: the
//! latter are parked until there are enough of them to be solved together. What is left over is for `look`.

use pulp::{NullaryFnOnce, Simd};

use super::look::Lanes;
use super::parked::{Crossing, Parked};
use super::root::{is_short, stays_below};
use crate::cpu::registers::{Vector, bits, load};
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::Timeline;
use crate::dynamics::time_resolution;

pub(super) struct Meet<'a, S: Simd, const N: usize> {
    pub simd: S,
    pub lanes: &'a Lanes<'a>,
    pub timeline: &'a Timeline,
    pub step: usize,
    /// A bit for each lane that the comparison has flagged.
    pub flagged: u32,
    /// At the step's end, what resets take off not yet taken off.
    pub u: &'a mut [S::f64s; N],
    pub j: &'a [S::f64s; N],
    pub offset: &'a mut [S::f64s; N],
    pub parked: &'a mut Parked,
    pub spikes: &'a mut SpikeColumns,
}

impl<S: Simd, const N: usize> NullaryFnOnce for Meet<'_, S, N> {
    /// The lanes that are left over; their U is right, without an offset.
    type Output = u32;

    #[inline(always)]
    fn call(mut self) -> u32 {
        if self.flagged & self.parked.lanes != 0 {
            self.settle();
        }
        let ends = self.ends();
        let crossing = self.flagged & ends.crossing;
        let mut left = self.flagged & !crossing;
        if left != 0 {
            left &= !self.below(&ends, left);
        }
        let population = self.lanes.population;
        let is_simple = is_short(self.lanes.flow, ends.length) && !population.has_zero_threshold;
        let alone = match population.resets {
            Some(_) if is_simple => crossing & ends.again,
            _ => crossing,
        };
        self.park(&ends, crossing & !alone);
        left |= alone;
        let mut rest = left;
        while rest != 0 {
            let lane = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            self.put(lane, numbers::<S>(&ends.u)[lane], 0.0);
        }
        left
    }
}

/// The states of all lanes at the ends of the step.
struct Ends<S: Simd, const N: usize> {
    start_time: f64,
    end_time: f64,
    length: f64,
    /// The frame's exp(b t) at the start.
    membrane: f64,
    /// In the frame, at the step's end.
    u: [S::f64s; N],
    /// Potentials and currents.
    start: [[S::f64s; N]; 2],
    end: [[S::f64s; N]; 2],
    /// Threshold above the reset, where the reset takes no time.
    drop: [S::f64s; N],
    /// Who starts below the threshold and ends above it, a bit for each lane.
    crossing: u32,
    /// Who could cross once more in this very step after a reset at its start.
    again: u32,
}

impl<S: Simd, const N: usize> Meet<'_, S, N> {
    #[inline(always)]
    fn ends(&self) -> Ends<S, N> {
        let (simd, timeline, step) = (self.simd, self.timeline, self.step);
        let splat = |value: f64| Vector::splat(simd, value);
        let (start_time, synapse, membrane) = timeline.inverse_start_of(step);
        let start_factors = (splat(membrane), splat(synapse));
        let end_factors = (
            splat(timeline.inverse_membrane[step]),
            splat(timeline.inverse_synapse[step]),
        );
        let membrane = timeline.start_of(step).2;
        let (lower, upper) = (splat(membrane), splat(timeline.membrane[step]));
        let gain = splat(timeline.gains[step]);
        let zero = [simd.splat_f64s(0.0); N];
        let end_time = timeline.steps[step].time;
        let mut ends = Ends {
            start_time,
            end_time,
            length: end_time - start_time,
            membrane,
            u: zero,
            start: [zero; 2],
            end: [zero; 2],
            drop: zero,
            crossing: 0,
            again: 0,
        };
        let population = self.lanes.population;
        let thresholds = load::<S, N>(&population.thresholds[self.lanes.first..]);
        let resets = match &population.resets {
            Some(resets) => load::<S, N>(&resets[self.lanes.first..]),
            None => thresholds,
        };
        for ix in 0..N {
            let threshold = Vector(simd, thresholds[ix]);
            let j = Vector(simd, self.j[ix]);
            let u = Vector(simd, self.u[ix]) - Vector(simd, self.offset[ix]);
            let (v0, i0) = ((u - j * gain) * start_factors.0, j * start_factors.1);
            let (v1, i1) = (u * end_factors.0, j * end_factors.1);
            let drop = threshold - Vector(simd, resets[ix]);
            let bar = (threshold * lower).min(threshold * upper);
            let crosses = simd.and_m64s(v0.lt(threshold), threshold.le(v1));
            let shift = ix * S::F64_LANES;
            ends.crossing |= bits::<S>(crosses) << shift;
            ends.again |= bits::<S>(bar.le(u - drop * lower)) << shift;
            (ends.u[ix], ends.drop[ix]) = (u.1, drop.1);
            (ends.start[0][ix], ends.start[1][ix]) = (v0.1, i0.1);
            (ends.end[0][ix], ends.end[1][ix]) = (v1.1, i1.1);
        }
        ends
    }

    /// Which of some lanes stay below their threshold.
    #[inline(always)]
    fn below(&self, ends: &Ends<S, N>, lanes: u32) -> u32 {
        let simd = self.simd;
        let length = Vector::splat(simd, ends.length);
        let resolution = Vector::splat(simd, time_resolution(ends.end_time));
        let thresholds = &self.lanes.population.thresholds[self.lanes.first..];
        let mut below = 0;
        for ix in 0..N {
            let shift = ix * S::F64_LANES;
            if lanes >> shift & ((1 << S::F64_LANES) - 1) == 0 {
                continue;
            }
            let threshold = Vector(simd, load::<S, 1>(&thresholds[shift..])[0]);
            let [v0, i0] = [ends.start[0][ix], ends.start[1][ix]];
            let [v1, i1] = [ends.end[0][ix], ends.end[1][ix]];
            let start = (Vector(simd, v0), Vector(simd, i0));
            let end = (Vector(simd, v1), Vector(simd, i1));
            below |=
                stays_below(self.lanes.flow, start, end, threshold, (length, resolution)) << shift;
        }
        below
    }

    #[inline(always)]
    fn park(&mut self, ends: &Ends<S, N>, mut crossing: u32) {
        let thresholds = &self.lanes.population.thresholds[self.lanes.first..];
        while crossing != 0 {
            let lane = crossing.trailing_zeros() as usize;
            crossing &= crossing - 1;
            if self.parked.is_full::<S>() {
                self.settle();
            }
            let drop = numbers::<S>(&ends.drop)[lane];
            self.put(lane, numbers::<S>(&ends.u)[lane], drop * ends.membrane);
            self.parked.push(&Crossing {
                lane,
                start: (
                    numbers::<S>(&ends.start[0])[lane],
                    numbers::<S>(&ends.start[1])[lane],
                ),
                end: (
                    numbers::<S>(&ends.end[0])[lane],
                    numbers::<S>(&ends.end[1])[lane],
                ),
                threshold: thresholds[lane],
                start_time: ends.start_time,
                end_time: ends.end_time,
                length: ends.length,
                membrane: ends.membrane,
                drop,
            });
        }
    }

    #[inline(always)]
    fn settle(&mut self) {
        let offsets = bytemuck::cast_slice_mut(self.offset);
        self.parked
            .settle(self.simd, self.lanes, offsets, self.spikes);
    }

    #[inline(always)]
    fn put(&mut self, lane: usize, u: f64, offset: f64) {
        let (us, offsets): (&mut [f64], &mut [f64]) = (
            bytemuck::cast_slice_mut(self.u),
            bytemuck::cast_slice_mut(self.offset),
        );
        (us[lane], offsets[lane]) = (u, offset);
    }
}

/// The lanes of registers as numbers.
#[inline(always)]
fn numbers<S: Simd>(registers: &[S::f64s]) -> &[f64] {
    bytemuck::cast_slice(registers)
}
