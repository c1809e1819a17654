//! Crossings that wait until a register is full of them.
//!
//! A reset takes (threshold - reset) exp(b t) off U at all times after t, the spike: a neuron can walk on with the least that this can
//! be, and be put right once its spike time is known. Until then the comparison flags it too often, never too rarely.

use bytemuck::Zeroable;
use pulp::{NullaryFnOnce, Simd};

use super::look::Lanes;
use super::root::{Brackets, Roots, SOLVED_TOGETHER, solve};
use crate::cpu::registers::{Vector, WIDEST, load};
use crate::cpu::sample::SpikeColumns;
use crate::dynamics::ResetRule;

/// As many as are solved together in the widest registers.
const CAPACITY: usize = SOLVED_TOGETHER * WIDEST;

type Column = [f64; CAPACITY];

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
    /// See `start_time`.
    pub end_time: f64,
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
    end_time: Column,
    /// Zero where nothing is parked.
    length: Column,
    membrane: Column,
    drop: Column,
    lane: [usize; CAPACITY],
    len: usize,
    /// A bit for each lane that waits.
    pub lanes: u32,
}

impl Parked {
    pub fn new() -> Self {
        Self::zeroed()
    }

    pub fn is_full<S: Simd>(&self) -> bool {
        self.len == SOLVED_TOGETHER * S::F64_LANES
    }

    pub fn push(&mut self, crossing: &Crossing) {
        let ix = self.len;
        (self.v0[ix], self.i0[ix]) = crossing.start;
        (self.v1[ix], self.i1[ix]) = crossing.end;
        self.threshold[ix] = crossing.threshold;
        self.start_time[ix] = crossing.start_time;
        self.end_time[ix] = crossing.end_time;
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
            // Marks places as empty.
            self.length = [0.0; CAPACITY];
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
    fn call(mut self) {
        if self.parked.len <= S::F64_LANES {
            let [roots] = solve(self.lanes.flow, [self.brackets(0)]);
            self.record(0, &roots);
        } else {
            let brackets = [self.brackets(0), self.brackets(S::F64_LANES)];
            let [low, high] = solve(self.lanes.flow, brackets);
            self.record(0, &low);
            self.record(S::F64_LANES, &high);
        }
    }
}

impl<S: Simd> Settle<'_, S> {
    #[inline(always)]
    fn column(&self, values: &Column, first: usize) -> Vector<S> {
        Vector(self.simd, load::<S, 1>(&values[first..])[0])
    }

    #[inline(always)]
    fn brackets(&self, first: usize) -> Brackets<S> {
        let parked = self.parked;
        let upper = self.column(&parked.length, first);
        Brackets {
            start: (
                self.column(&parked.v0, first),
                self.column(&parked.i0, first),
            ),
            end: (
                self.column(&parked.v1, first),
                self.column(&parked.i1, first),
            ),
            threshold: self.column(&parked.threshold, first),
            upper,
            wanted: upper.all(0.0).lt(upper),
        }
    }

    /// Appends the spikes of a register.
    #[inline(always)]
    fn record(&mut self, first: usize, roots: &Roots<S>) {
        let (parked, lanes) = (self.parked, self.lanes);
        let n = S::F64_LANES.min(parked.len - first);
        let membrane = self.column(&parked.membrane, first) / roots.membrane;
        let drop = self.column(&parked.drop, first) * membrane;
        let currents = self.column(&parked.i0, first) * roots.synapse;
        let times = self.column(&parked.start_time, first) + roots.after;
        let population = lanes.population;
        for ix in 0..n {
            let lane = parked.lane[first + ix];
            let neuron = lanes.first + lane;
            let dynamics = &population.dynamics[neuron];
            let current = currents.lanes()[ix];
            let release_slope = match dynamics.reset {
                ResetRule::Subtract { .. } => 0.0,
                ResetRule::To { potential, .. } => {
                    current - dynamics.flow.membrane_rate * potential
                }
            };
            // What an arrival caused must not appear to be simultaneous with it, nor to come after what followed.
            let earliest = parked.start_time[first + ix].next_up();
            let time = times.lanes()[ix]
                .max(earliest)
                .min(parked.end_time[first + ix]);
            self.spikes.times.push(time);
            self.spikes
                .units
                .push((population.first_unit + neuron) as u32);
            self.spikes
                .slopes
                .push(dynamics.slope_at_threshold(current));
            self.spikes.release_slopes.push(release_slope);
            self.offsets[lane] = drop.lanes()[ix];
        }
    }
}
