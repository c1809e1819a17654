//! Where a potential is above its threshold without firing.

use crate::dynamics::{Ends, Flow, GivenStep, Interval, first_crossing, highest};

/// The states at both ends of an interval.
pub(super) fn ends(step: &GivenStep) -> Ends {
    Ends {
        start: (step.start.potential, step.start.current),
        end: (step.end.potential, step.end.current),
        interval: Interval::exact(step.end.time - step.start.time),
    }
}

/// A potential above its threshold.
#[derive(Default)]
pub(super) struct Excursion {
    /// Since when, and how far above at most; `None` below the threshold.
    pub begun: Option<(f64, f64)>,
    /// Those that ended without a spike.
    pub over: Vec<(f64, f64)>,
}

impl Excursion {
    /// Follows the potential through an interval. It rises through the threshold once at most, and falls through it once at
    /// most before the interval's end.
    pub fn follow(&mut self, flow: &Flow, threshold: f64, step: &GivenStep) {
        let ends = ends(step);
        if self.begun.is_none() {
            let (potential, current) = ends.start;
            let crossing = first_crossing(flow, potential, current, threshold, ends.interval);
            self.begun = crossing.map(|crossing| (step.start.time + crossing.after, 0.0));
        }
        if let Some((_, excess)) = &mut self.begun {
            *excess = excess.max(highest(flow, &ends).potential - threshold);
            if ends.end.0 < threshold {
                self.over.extend(self.begun.take());
            }
        }
    }
}
