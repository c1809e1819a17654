//! The events of a window in a co-moving frame: one pass over a few factors each.
//!
//! With times relative to an anchor, `V - c = exp(-b t) U` and `I = exp(-a t) J`
//! turn the flow of every neuron of a population into `U += J gain`, one number
//! for all of them, and an arrival of weight w into `J += w exp(a t)`.

use super::arrivals::Arrival;
use crate::dynamics::Flow;

/// A step that ends without an arrival.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Marks a step that leaves the frame: every neuron crosses it by its own exact
/// flow, and the frame is anchored anew at its end.
pub(super) const GAP: f64 = -1.0;

/// A frame is left before its factors exceed exp of this.
const FRAME_SPAN: f64 = 20.0;

/// Intervals are cut into steps of at most this many membrane time constants, so that the
/// one comparison per neuron and step rarely calls for a closer look.
const STEP_SPAN: f64 = 0.1;

/// Steps of a window, as columns. A step is an interval and then, perhaps, an arrival at its end.
#[derive(Default)]
pub(super) struct Timeline {
    /// The window's start, in ms.
    pub start: f64,
    /// The end of each step, in ms.
    pub times: Vec<f64>,
    /// The row of the arrival at each step's end, or [`NO_ROW`].
    pub rows: Vec<u32>,
    /// The source spike of that arrival.
    pub origins: Vec<u32>,
    /// What a step adds to U per unit of J; zero for a step without length, or [`GAP`].
    pub gains: Vec<f64>,
    /// exp(a t) at each step's end, t from the anchor.
    pub synapse: Vec<f64>,
    /// exp(b t) at each step's end, t from the anchor.
    pub membrane: Vec<f64>,
}

impl Timeline {
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// (time, exp(a t), exp(b t)) at the start of a step, in the frame at its end or, for a gap, before it.
    pub fn start_of(&self, step: usize) -> (f64, f64, f64) {
        match step.checked_sub(1) {
            Some(ix) => (self.times[ix], self.synapse[ix], self.membrane[ix]),
            None => (self.start, 1.0, 1.0),
        }
    }

    /// (exp(a t), exp(b t)) at the end of the window.
    pub fn end_factors(&self) -> (f64, f64) {
        let (_, synapse, membrane) = self.start_of(self.len());
        (synapse, membrane)
    }

    /// Lays out the window `[start, end]` with its arrivals, which are in order of time.
    pub fn build(&mut self, flow: &Flow, start: f64, end: f64, arrivals: &[Arrival], cut: bool) {
        self.start = start;
        self.times.clear();
        self.rows.clear();
        self.origins.clear();
        self.gains.clear();
        self.synapse.clear();
        self.membrane.clear();
        let mut cursor = Cursor {
            time: start,
            anchor: start,
            synapse: 1.0,
            membrane: 1.0,
            longest: if cut {
                STEP_SPAN / flow.membrane_rate
            } else {
                f64::MAX
            },
        };
        for arrival in arrivals {
            self.advance(flow, &mut cursor, arrival.time, arrival.row, arrival.origin);
        }
        if end > cursor.time {
            self.advance(flow, &mut cursor, end, NO_ROW, 0);
        }
    }

    /// Steps to `time`, the last of which ends with an arrival over `row`.
    fn advance(&mut self, flow: &Flow, cursor: &mut Cursor, time: f64, row: u32, origin: u32) {
        let (from, length) = (cursor.time, time - cursor.time);
        if length > 0.0 {
            let is_long = length * flow.fastest_rate() > FRAME_SPAN;
            let n_steps = if is_long {
                1
            } else {
                (length / cursor.longest).ceil().max(1.0) as usize
            };
            for step in 1..n_steps {
                let cut = from + length * (step as f64 / n_steps as f64);
                let gain = cursor.step(flow, cut);
                self.push(cursor, NO_ROW, 0, gain);
            }
            let gain = cursor.step(flow, time);
            self.push(cursor, row, origin, gain);
        } else {
            self.push(cursor, row, origin, 0.0);
        }
    }

    fn push(&mut self, cursor: &Cursor, row: u32, origin: u32, gain: f64) {
        self.times.push(cursor.time);
        self.rows.push(row);
        self.origins.push(origin);
        self.gains.push(gain);
        self.synapse.push(cursor.synapse);
        self.membrane.push(cursor.membrane);
    }
}

struct Cursor {
    time: f64,
    anchor: f64,
    synapse: f64,
    membrane: f64,
    longest: f64,
}

impl Cursor {
    /// Moves to `time`, giving the step's gain, or [`GAP`] where the frame ends.
    fn step(&mut self, flow: &Flow, time: f64) -> f64 {
        let length = time - self.time;
        self.time = time;
        let t = time - self.anchor;
        if t * flow.fastest_rate() > FRAME_SPAN {
            (self.anchor, self.synapse, self.membrane) = (time, 1.0, 1.0);
            return GAP;
        }
        let gain = flow.frame_gain(self.membrane / self.synapse, length);
        self.synapse = (flow.synapse_rate * t).exp();
        self.membrane = (flow.membrane_rate * t).exp();
        gain
    }
}
