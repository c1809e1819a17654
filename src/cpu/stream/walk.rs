//! One neuron through one window, event by event: where the bounds cannot rule a spike out.

use super::kinds::Kind;
use crate::dynamics::{CurrentState, Interval, ResetRule, later};

/// An arrival at a neuron that is looked at event by event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Which neuron, counted through the partition.
    pub neuron: u32,
    pub receptor: u8,
    /// Since the window's start, in ms.
    pub offset: f64,
    pub weight: f64,
    pub from: Origin,
}

/// Where an arrival comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// Which of the window's runs, and which of the run's synapses.
    Synapse { run: u32, within: u32 },
    /// Which drive.
    Drive(u32),
}

/// What happened to a neuron, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Happened {
    /// It fired; dV/dt at that time.
    Spike { offset: f64, slope: f64 },
    /// Its potential was released; dV/dt from then on.
    Release { offset: f64, slope: f64 },
}

/// A neuron on its way through a window.
#[derive(Debug, Clone)]
pub(super) struct Walker<'a> {
    pub kind: &'a Kind,
    pub state: CurrentState,
    /// Since the window's start, in ms; may lie beyond its end.
    pub release: Option<f64>,
    /// Since the window's start, in ms.
    pub now: f64,
}

impl Walker<'_> {
    /// Goes on to `until`, and tells what happens. `false`: more than `budget` spikes.
    pub fn advance(
        &mut self,
        until: f64,
        budget: usize,
        mut happened: impl FnMut(Happened),
    ) -> bool {
        let mut spikes = 0;
        loop {
            if let Some(release) = self.release {
                let to = release.min(until).max(self.now);
                let held = self.state.potential;
                self.state = self.kind.flow.after(to - self.now, &self.state);
                self.state.potential = held;
                self.now = to;
                if release > until {
                    return true;
                }
                self.release = None;
                let slope = self.kind.flow.slope(&self.state);
                happened(Happened::Release { offset: to, slope });
            }
            let left = until - self.now;
            if left <= 0.0 {
                return true;
            }
            let (flow, threshold) = (&self.kind.flow, self.kind.threshold);
            let bound = flow.upper_bound(left, &self.state);
            let crossing = if bound < threshold - self.kind.sliver {
                None
            } else {
                flow.first_crossing(&self.state, threshold, Interval::between(self.now, until))
            };
            let Some(after) = crossing else {
                self.state = flow.after(left, &self.state);
                self.now = until;
                return true;
            };
            self.fire(after, later(self.now, after).min(until), &mut happened);
            spikes += 1;
            if spikes > budget {
                return false;
            }
        }
    }

    /// Crosses the threshold `after` ms from now, at the time `at`, wherever rounding puts the potential then.
    pub fn fire(&mut self, after: f64, at: f64, mut happened: impl FnMut(Happened)) {
        let (flow, threshold) = (&self.kind.flow, self.kind.threshold);
        self.state = flow.after(after, &self.state);
        self.state.potential = threshold;
        self.now = at;
        let slope = flow.slope(&self.state);
        let offset = self.now;
        happened(Happened::Spike { offset, slope });
        match self.kind.reset {
            ResetRule::Subtract { amount } => self.state.potential -= amount,
            ResetRule::To {
                potential,
                refractory,
            } => {
                self.state.potential = potential;
                // A hold too short for the resolution of time still ends after its spike.
                self.release = Some(match refractory {
                    0.0 => offset,
                    _ => later(offset, refractory),
                });
            }
        }
    }
}
