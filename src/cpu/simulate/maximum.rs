//! The largest voltage of readouts, from arrival to arrival.
//!
//! Between arrivals V has one interior extremum at most. So its maximum over the run is its
//! value at the start, at one of these extrema, at an arrival that turns it down, or at the end.

use crate::dynamics::{Ends, Flow, Interval};
use crate::event::Maximum;
use crate::problem::maximum::raise;

/// Readouts that share their arrivals and their flow, on their way through a window.
pub(super) struct Follow<'a> {
    flow: &'a Flow,
    now: f64,
    potential: Vec<f64>,
    current: Vec<f64>,
    /// Above rest, never below the potential.
    maxima: &'a mut [Maximum],
}

impl<'a> Follow<'a> {
    pub fn new(
        flow: &'a Flow,
        (potential, current): (&[f64], &[f64]),
        now: f64,
        maxima: &'a mut [Maximum],
    ) -> Self {
        Self {
            flow,
            now,
            potential: potential.to_vec(),
            current: current.to_vec(),
            maxima,
        }
    }

    /// Moves to `to` with no arrival on the way.
    pub fn advance(&mut self, to: f64) {
        let length = to - self.now;
        let step = self.flow.propagator(length);
        let states = self.potential.iter_mut().zip(&mut self.current);
        for ((potential, current), maximum) in states.zip(self.maxima.iter_mut()) {
            let start = (*potential, *current);
            let end = step.apply(start.0, start.1);
            let ends = Ends {
                start,
                end,
                interval: Interval::exact(length),
            };
            if !ends.stays_below(self.flow, maximum.voltage) {
                raise(maximum, self.flow, &ends, (self.now, self.now + length));
            }
            (*potential, *current) = end;
        }
        self.now = to;
    }

    /// A spike arrives over synapses of these weights.
    pub fn arrive(&mut self, weights: &[f64]) {
        for (current, weight) in self.current.iter_mut().zip(weights) {
            *current += weight;
        }
    }
}
