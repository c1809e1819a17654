//! The events of a window in a co-moving frame: one pass over a few factors each.
//!
//! With times relative to an anchor, `V - c = exp(-b t) U` and `I = exp(-a t) J`
//! turn the flow of every neuron of a population into `U += J gain`, one number
//! for all of them, and an arrival of weight w into `J += w exp(a t)`.

use pulp::{Arch, Simd, WithSimd};

use super::arrivals::Arrival;
use super::exponential::fill_exp;
use crate::dynamics::{Flow, expm1_series};

/// A step that ends without an arrival.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Marks a step that leaves the frame: every neuron crosses it by its own exact
/// flow, and the frame is anchored anew at its end.
pub(super) const GAP: f64 = -1.0;

/// A frame is left before its factors exceed exp of this.
pub(super) const FRAME_SPAN: f64 = 20.0;

/// A sliver off the bar of a comparison, for the rounding of the bar itself.
const SLIVER: f64 = 1.0 - 1e-14;

/// What U per unit of threshold cannot have stayed below at the end of an interval if V reached the threshold
/// inside: see `simulate::vector`. Given exp(a t) and exp(b t) at its start.
#[inline(always)]
pub(super) fn bar(flow: &Flow, gain: f64, synapse: f64, membrane: f64) -> f64 {
    SLIVER * (membrane + flow.membrane_rate * gain * synapse)
}

/// Intervals are cut into steps of at most this many membrane time constants, so that the
/// one comparison per neuron and step rarely calls for a closer look.
const STEP_SPAN: f64 = 0.15;

/// Beyond this, the integral of exp((b - a) t) over a step loses no digits as a difference.
const SERIES_SPAN: f64 = 0.5;

/// An interval and then, perhaps, an arrival at its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The end of the interval, in ms.
    pub time: f64,
    /// The row of the arrival, or [`NO_ROW`].
    pub row: u32,
    /// The source spike of that arrival.
    pub origin: u32,
}

/// The steps of a window, and the factors at their ends as columns.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The window's start, in ms.
    pub start: f64,
    pub steps: Vec<Step>,
    /// What a step adds to U per unit of J; zero for a step without length, or [`GAP`].
    pub gains: Vec<f64>,
    /// exp(a t) at each step's end, t from the anchor.
    pub synapse: Vec<f64>,
    /// exp(b t) at each step's end, t from the anchor.
    pub membrane: Vec<f64>,
    /// exp(-a t) and exp(-b t), as far as the timeline is cut for a walk forward.
    pub inverse_synapse: Vec<f64>,
    /// See `inverse_synapse`.
    pub inverse_membrane: Vec<f64>,
    /// t itself: each step's end from the anchor.
    offsets: Vec<f64>,
}

impl Timeline {
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// (time, exp(a t), exp(b t)) at the start of a step, in the frame at its end or, for a gap, before it.
    pub fn start_of(&self, step: usize) -> (f64, f64, f64) {
        match step.checked_sub(1) {
            Some(ix) => (self.steps[ix].time, self.synapse[ix], self.membrane[ix]),
            None => (self.start, 1.0, 1.0),
        }
    }

    /// (time, exp(-a t), exp(-b t)) at the start of a step of a timeline that is cut.
    pub fn inverse_start_of(&self, step: usize) -> (f64, f64, f64) {
        match step.checked_sub(1) {
            Some(ix) => (
                self.steps[ix].time,
                self.inverse_synapse[ix],
                self.inverse_membrane[ix],
            ),
            None => (self.start, 1.0, 1.0),
        }
    }

    /// The time from the anchor to the start of a step inside the frame.
    pub fn offset_of_start(&self, step: usize) -> f64 {
        step.checked_sub(1).map_or(0.0, |ix| self.offsets[ix])
    }

    /// (exp(a t), exp(b t)) at the end of the window.
    pub fn end_factors(&self) -> (f64, f64) {
        let (_, synapse, membrane) = self.start_of(self.len());
        (synapse, membrane)
    }

    /// Lays out the window `[start, end]` with its arrivals, which are in order of time;
    /// `cut` bounds the length of steps.
    pub fn build(&mut self, flow: &Flow, start: f64, end: f64, arrivals: &[Arrival], cut: bool) {
        self.lay_out(flow, start, end, arrivals, cut);
        let arch = Arch::new();
        let n = self.steps.len();
        self.synapse.resize(n, 0.0);
        self.membrane.resize(n, 0.0);
        fill_exp(arch, flow.synapse_rate, &self.offsets, &mut self.synapse);
        fill_exp(arch, flow.membrane_rate, &self.offsets, &mut self.membrane);
        if cut {
            for (inverse, values) in [
                (&mut self.inverse_synapse, &self.synapse),
                (&mut self.inverse_membrane, &self.membrane),
            ] {
                inverse.resize(n, 0.0);
                arch.dispatch(|| {
                    for (inverse, value) in inverse.iter_mut().zip(values) {
                        *inverse = 1.0 / value;
                    }
                });
            }
        }
        arch.dispatch(FillGains {
            difference: flow.rate_difference(),
            lengths_to_gains: &mut self.gains,
            synapse: &self.synapse,
            membrane: &self.membrane,
        });
    }

    /// Places the steps; leaves their lengths, or [`GAP`], where their gains will be.
    fn lay_out(&mut self, flow: &Flow, start: f64, end: f64, arrivals: &[Arrival], cut: bool) {
        self.start = start;
        self.steps.clear();
        self.gains.clear();
        self.offsets.clear();
        let longest = if cut {
            STEP_SPAN / flow.membrane_rate
        } else {
            f64::MAX
        };
        let span = FRAME_SPAN / flow.fastest_rate();
        let (mut now, mut anchor) = (start, start);
        let last = Arrival {
            time: end,
            row: NO_ROW,
            origin: 0,
        };
        let last = std::iter::once(&last).filter(|last| {
            let before = arrivals.last().map_or(start, |arrival| arrival.time);
            last.time > before
        });
        for arrival in arrivals.iter().chain(last) {
            let (from, length) = (now, arrival.time - now);
            let n_steps = if length > longest && length <= span {
                (length / longest).ceil() as usize
            } else {
                1
            };
            for step in 1..=n_steps {
                let is_last = step == n_steps;
                let time = if is_last {
                    arrival.time
                } else {
                    from + length * (step as f64 / n_steps as f64)
                };
                let mut gain = time - now;
                if time - anchor > span && gain > 0.0 {
                    (gain, anchor) = (GAP, time);
                }
                now = time;
                self.steps.push(Step {
                    time,
                    row: if is_last { arrival.row } else { NO_ROW },
                    origin: arrival.origin,
                });
                self.gains.push(gain);
                self.offsets.push(time - anchor);
            }
        }
    }
}

/// Turns lengths into gains, the integral of exp((b - a) t) over each step; gaps stay.
struct FillGains<'a> {
    difference: f64,
    lengths_to_gains: &'a mut [f64],
    synapse: &'a [f64],
    membrane: &'a [f64],
}

impl WithSimd for FillGains<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.lengths_to_gains.len();
        let (synapse, membrane) = (&self.synapse[..n], &self.membrane[..n]);
        let gains = self.lengths_to_gains;
        let d = self.difference;
        if n > 0 && gains[0] > 0.0 {
            gains[0] = gain(d, 1.0, membrane[0] / synapse[0], gains[0]);
        }
        for ix in 1..n {
            let from = membrane[ix - 1] / synapse[ix - 1];
            let to = membrane[ix] / synapse[ix];
            let length = gains[ix];
            let value = gain(d, from, to, length);
            gains[ix] = if length > 0.0 { value } else { length };
        }
    }
}

/// The integral of exp((b - a) t) over an interval, given exp((b - a) t) at its ends and d = b - a:
/// (to - from) / d, or its series where the difference would lose digits.
#[inline(always)]
pub(super) fn gain(d: f64, from: f64, to: f64, length: f64) -> f64 {
    let x = d * length;
    if x.abs() > SERIES_SPAN {
        (to - from) / d
    } else {
        from * length * expm1_series(x)
    }
}
