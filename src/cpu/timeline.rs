//! The events of a window in a co-moving frame: one pass over a few factors each.
//!
//! With times relative to an anchor, `V - c = exp(-b t) U` and `I = exp(-a t) J`
//! turn the flow of every neuron of a population into `U += J gain`, one number
//! for all of them, and an arrival of weight w into `J += w exp(a t)`.

use pulp::{Arch, Simd, WithSimd};

use super::arrivals::Arrival;
use super::exponential::{fill_exp, padded};
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

/// The steps of a window, and the factors at their ends as columns, which are padded.
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
    /// exp((b - a) t) at the start of each step, which is that at the end of the step before.
    ratios: Vec<f64>,
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
        let n = padded(self.steps.len());
        self.offsets.resize(n, 0.0);
        self.gains.resize(n, 0.0);
        self.synapse.resize(n, 0.0);
        self.membrane.resize(n, 0.0);
        self.ratios.resize(n + 1, 1.0);
        fill_exp(arch, flow.synapse_rate, &self.offsets, &mut self.synapse);
        fill_exp(arch, flow.membrane_rate, &self.offsets, &mut self.membrane);
        if cut {
            self.inverse_synapse.resize(n, 0.0);
            self.inverse_membrane.resize(n, 0.0);
        }
        arch.dispatch(Fill {
            difference: flow.rate_difference(),
            cut,
            timeline: self,
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
        let steps_per_ms = 1.0 / longest;
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
            let mut place = |time: f64, row: u32| {
                let mut gain = time - now;
                if time - anchor > span && gain > 0.0 {
                    (gain, anchor) = (GAP, time);
                }
                now = time;
                self.steps.push(Step {
                    time,
                    row,
                    origin: arrival.origin,
                });
                self.gains.push(gain);
                self.offsets.push(time - anchor);
            };
            if length > longest && length <= span {
                let n_steps = 1 + (length * steps_per_ms) as u32;
                let part = length / f64::from(n_steps);
                for step in 1..n_steps {
                    place(from + part * f64::from(step), NO_ROW);
                }
            }
            place(arrival.time, arrival.row);
        }
    }
}

/// Turns lengths into gains, the integral of exp((b - a) t) over each step; gaps stay. Inverts
/// the factors of a timeline that is cut.
struct Fill<'a> {
    difference: f64,
    cut: bool,
    timeline: &'a mut Timeline,
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let d = self.difference;
        let n = self.timeline.offsets.len();
        let synapse = &self.timeline.synapse[..n];
        let membrane = &self.timeline.membrane[..n];
        let ratios = &mut self.timeline.ratios[..n + 1];
        for ix in 0..n {
            ratios[ix + 1] = membrane[ix] / synapse[ix];
        }
        let gains = &mut self.timeline.gains[..n];
        for ix in 0..n {
            let length = gains[ix];
            let value = gain(d, ratios[ix], ratios[ix + 1], length);
            gains[ix] = if length > 0.0 { value } else { length };
        }
        if self.cut {
            let inverse = &mut self.timeline.inverse_synapse[..n];
            for ix in 0..n {
                inverse[ix] = 1.0 / synapse[ix];
            }
            let inverse = &mut self.timeline.inverse_membrane[..n];
            for ix in 0..n {
                inverse[ix] = 1.0 / membrane[ix];
            }
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
