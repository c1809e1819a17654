//! A bank that leaves its frame: intervals longer than the frame's factors last.

use super::FrameBank;
use crate::cpu::sample::{HELD, NOT_HELD};
use crate::cpu::simulate::bank::Fired;
use crate::dynamics::{Interval, first_crossing, later};

impl FrameBank<'_> {
    /// Neuron by neuron, from its own state: an interval that is longer than the frame lasts.
    pub(super) fn look_outside(&mut self, until: f64) {
        self.stand_still();
        self.is_outside = true;
        for neuron in 0..self.population.size {
            if self.release[neuron] == NOT_HELD {
                self.look_closer(neuron, (self.u[neuron], self.j[neuron]), until);
            }
        }
    }

    /// Finds when one neuron fires, from its potential and current now.
    pub(super) fn look_closer(
        &mut self,
        neuron: usize,
        (potential, current): (f64, f64),
        until: f64,
    ) {
        let interval = Interval::between(self.now, until);
        let dynamics = &self.population.dynamics[neuron];
        let threshold = dynamics.threshold;
        let crossing = first_crossing(&self.flow, potential, current, threshold, interval);
        if let Some(crossing) = crossing {
            self.upcoming.push(Fired {
                time: later(self.now, crossing.after).min(until),
                neuron,
                slope: dynamics.slope_at_threshold(current * crossing.synapse),
            });
        }
    }

    /// Makes U and J the potentials and currents now.
    pub(super) fn stand_still(&mut self) {
        self.anchor_anew();
        for (u, j) in self.u.iter_mut().zip(self.j.iter()) {
            *u -= j * self.gain;
        }
        (self.ahead, self.gain) = (self.now, 0.0);
        self.factors_ahead = (self.membrane, self.synapse);
    }

    /// Moves every neuron by its own exact flow; the frame begins anew there.
    pub(super) fn advance_outside(&mut self, to: f64) {
        let step = self.flow.propagator(to - self.now);
        let states = self.u.iter_mut().zip(self.j.iter_mut());
        for ((u, j), &release) in states.zip(&self.release) {
            let (potential, current) = step.apply(*u, *j);
            *u = if release == NOT_HELD { potential } else { HELD };
            *j = current;
        }
        (self.now, self.anchor, self.ahead, self.gain) = (to, to, to, 0.0);
        (self.synapse, self.membrane) = (1.0, 1.0);
        self.factors_ahead = (1.0, 1.0);
        self.is_outside = false;
    }
}
