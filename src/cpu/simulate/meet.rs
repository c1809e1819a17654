//! Neurons that may have reached their threshold in one step of a timeline, a register at a time.
//!
//! Most of them stay below after all, or cross between a start below the threshold and an end above: the
//! latter are parked until there are enough of them to be solved together. What is left over is for `look`.

use pulp::{NullaryFnOnce, Simd};

use super::look::Lanes;
use super::parked::{Crossing, Parked};
use super::root::{is_short, stays_below};
use crate::cpu::registers::{VECTORS, Vector, bits, load};
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::Timeline;

pub(super) struct Meet<'a, S: Simd> {
    pub simd: S,
    pub lanes: &'a Lanes<'a>,
    pub timeline: &'a Timeline,
    pub step: usize,
    /// A bit for each lane that the comparison has flagged.
    pub flagged: u32,
    /// At the step's end, what resets take off not yet taken off.
    pub u: &'a mut [S::f64s; VECTORS],
    pub j: &'a [S::f64s; VECTORS],
    pub offset: &'a mut [S::f64s; VECTORS],
    pub parked: &'a mut Parked,
    pub spikes: &'a mut SpikeColumns,
}

impl<S: Simd> NullaryFnOnce for Meet<'_, S> {
    /// The lanes that are left over; their U is right, without an offset.
    type Output = u32;

    #[inline(always)]
    fn call(mut self) -> u32 {
        if self.flagged & self.parked.lanes != 0 {
            self.settle();
        }
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
    fn settle(&mut self) {
        let offsets = bytemuck::cast_slice_mut(self.offset);
        self.parked
            .settle(self.simd, self.lanes, offsets, self.spikes);
    }

    #[inline(always)]
    fn register(&mut self, ix: usize, flagged: u32) -> u32 {
        let (simd, timeline, step) = (self.simd, self.timeline, self.step);
        let splat = |value: f64| Vector::splat(simd, value);
        let (u, j) = (Vector(simd, self.u[ix]), Vector(simd, self.j[ix]));
        let u = u - Vector(simd, self.offset[ix]);
        let first = self.lanes.first + ix * S::F64_LANES;
        let population = self.lanes.population;
        let threshold = Vector(simd, load::<S, 1>(&population.thresholds[first..])[0]);
        let (start_time, start_synapse, start_membrane) = timeline.inverse_start_of(step);
        let u_before = u - j * splat(timeline.gains[step]);
        let start = (u_before * splat(start_membrane), j * splat(start_synapse));
        let end = (
            u * splat(timeline.inverse_membrane[step]),
            j * splat(timeline.inverse_synapse[step]),
        );
        let length = timeline.steps[step].time - start_time;
        let starts_below = start.0.lt(threshold);
        let crossing = flagged & bits::<S>(simd.and_m64s(starts_below, threshold.le(end.0)));
        let mut left = flagged & !crossing;
        if left != 0 {
            left &= !stays_below(self.lanes.flow, start, end, threshold, splat(length));
        }
        let resets = population.resets.as_ref();
        match resets.filter(|_| is_short(self.lanes.flow, length)) {
            None => left |= crossing,
            Some(resets) if crossing != 0 => {
                let reset = Vector(simd, load::<S, 1>(&resets[first..])[0]);
                let drop = threshold - reset;
                let lower = splat(timeline.start_of(step).2);
                let upper = splat(timeline.membrane[step]);
                let bar = (threshold * lower).min(threshold * upper);
                // Who could cross once more in this very step is looked at alone.
                let again = bits::<S>(bar.le(u - drop * lower));
                left |= crossing & again;
                let mut parking = crossing & !again;
                while parking != 0 {
                    let lane = parking.trailing_zeros() as usize;
                    parking &= parking - 1;
                    let crossing = Crossing {
                        lane: ix * S::F64_LANES + lane,
                        start: (start.0.lanes()[lane], start.1.lanes()[lane]),
                        end: (end.0.lanes()[lane], end.1.lanes()[lane]),
                        threshold: threshold.lanes()[lane],
                        start_time,
                        length,
                        membrane: lower.lanes()[lane],
                        drop: drop.lanes()[lane],
                    };
                    self.park(u.lanes()[lane], &crossing);
                }
            }
            Some(_) => {}
        }
        let mut alone = left;
        while alone != 0 {
            let lane = alone.trailing_zeros() as usize;
            alone &= alone - 1;
            self.put(ix * S::F64_LANES + lane, u.lanes()[lane], 0.0);
        }
        left
    }

    #[inline(always)]
    fn park(&mut self, u: f64, crossing: &Crossing) {
        if self.parked.is_full::<S>() {
            self.settle();
        }
        self.put(crossing.lane, u, crossing.drop * crossing.membrane);
        self.parked.push(crossing);
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
