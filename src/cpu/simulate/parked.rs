//! Crossings that wait until a register is full of them.
//!
//! A reset takes (threshold - reset) exp(b t) off U at all times after t, the spike: a neuron can walk on with the least that this can
//! be, and be put right once its spike time is known. Until then the comparison flags it too often, never too rarely.

use bytemuck::Zeroable;
use pulp::{NullaryFnOnce, Simd};

use super::look::Lanes;
use super::root::{Roots, solve};
use crate::cpu::registers::{Vector, load};
use crate::cpu::sample::SpikeColumns;
use crate::dynamics::ResetRule;

/// Lanes of the widest register.
const WIDEST: usize = 8;

type Column = [f64; WIDEST];

/// A crossing to be solved: a start below the threshold and an end above.
pub(super) struct Crossing {
    /// Among those that walk together.
    pub lane: usize,
    /// Potential and current.
    pub start: (f64, f64),
    pub end: (f64, f64),
    pub threshold: f64,
    /// Of the step, in ms.
    pub start_time: f64,
    pub length: f64,
    /// The frame's exp(b t) at the step's start.
    pub membrane: f64,
    /// Threshold above the reset.
    pub drop: f64,
}

/// Crossings as columns.
#[derive(Clone, Copy, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Parked {
    v0: Column,
    i0: Column,
    v1: Column,
    i1: Column,
    threshold: Column,
    start_time: Column,
    length: Column,
    membrane: Column,
    drop: Column,
    lane: [usize; WIDEST],
    len: usize,
    /// A bit for each lane that waits.
    pub lanes: u32,
}

impl Parked {
    pub fn new() -> Self {
        Self::zeroed()
    }

    pub fn is_full<S: Simd>(&self) -> bool {
        self.len == S::F64_LANES
    }

    pub fn push(&mut self, crossing: &Crossing) {
        let ix = self.len;
        (self.v0[ix], self.i0[ix]) = crossing.start;
        (self.v1[ix], self.i1[ix]) = crossing.end;
        self.threshold[ix] = crossing.threshold;
        self.start_time[ix] = crossing.start_time;
        self.length[ix] = crossing.length;
        self.membrane[ix] = crossing.membrane;
        self.drop[ix] = crossing.drop;
        self.lane[ix] = crossing.lane;
        self.lanes |= 1 << crossing.lane;
        self.len += 1;
    }

    /// Solves and appends what waits; puts what the resets take off U into `offsets`.
    #[inline(always)]
    pub fn settle<S: Simd>(
        &mut self,
        simd: S,
        lanes: &Lanes<'_>,
        offsets: &mut [f64],
        spikes: &mut SpikeColumns,
    ) {
        if self.len > 0 {
            simd.vectorize(Settle {
                simd,
                parked: self,
                lanes,
                offsets,
                spikes,
            });
            (self.len, self.lanes) = (0, 0);
        }
    }
}

/// [`Parked::settle`], compiled once for each width of registers.
struct Settle<'a, S> {
    simd: S,
    parked: &'a Parked,
    lanes: &'a Lanes<'a>,
    offsets: &'a mut [f64],
    spikes: &'a mut SpikeColumns,
}

impl<S: Simd> NullaryFnOnce for Settle<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            parked,
            lanes,
            offsets,
            spikes,
        } = self;
        let column = |values: &Column| Vector(simd, load::<S, 1>(values)[0]);
        let start = (column(&parked.v0), column(&parked.i0));
        let end = (column(&parked.v1), column(&parked.i1));
        let upper = column(&parked.length);
        let threshold = column(&parked.threshold);
        let index = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let wanted = column(&index).lt(Vector::splat(simd, parked.len as f64));
        let roots = solve(lanes.flow, start, end, threshold, upper, wanted);
        let drop = column(&parked.drop) * column(&parked.membrane) / roots.membrane;
        let Roots { after, synapse, .. } = roots;
        let currents = start.1 * synapse;
        let times = column(&parked.start_time) + after;
        let population = lanes.population;
        for ix in 0..parked.len {
            let neuron = lanes.first + parked.lane[ix];
            let dynamics = &population.dynamics[neuron];
            let current = currents.lanes()[ix];
            let release_slope = match dynamics.reset {
                ResetRule::Subtract { .. } => 0.0,
                ResetRule::To { potential, .. } => {
                    current - dynamics.flow.membrane_rate * potential
                }
            };
            // What an arrival caused must not appear to be simultaneous with it.
            let time = times.lanes()[ix].max(parked.start_time[ix].next_up());
            spikes.times.push(time);
            spikes.units.push((population.first_unit + neuron) as u32);
            spikes.slopes.push(dynamics.slope_at_threshold(current));
            spikes.release_slopes.push(release_slope);
            offsets[parked.lane[ix]] = drop.lanes()[ix];
        }
    }
}
