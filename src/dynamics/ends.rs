//! What the ends of an interval tell about what happens inside.

use super::{Flow, Interval};

/// The states (potential, current) at both ends of an interval without events.
pub(crate) struct Ends {
    pub start: (f64, f64),
    pub end: (f64, f64),
    pub interval: Interval,
}

impl Ends {
    /// Whether a potential that starts below the threshold is sure not to reach it; cheap, and
    /// never wrong when it says so.
    ///
    /// Below the threshold at the end, only a maximum inside can reach it. A
    /// potential that is concave at both ends is so between them (d2V/dt2 is a sum of two
    /// exponentials and changes sign at most once), and then lies below its tangents.
    #[inline]
    pub fn stays_below(&self, flow: &Flow, threshold: f64) -> bool {
        let (a, b) = (flow.synapse_rate, flow.membrane_rate);
        let ((v0, i0), (v1, i1)) = (self.start, self.end);
        let (slope0, slope1) = (i0 - b * v0, i1 - b * v1);
        let Interval { length, resolution } = self.interval;
        if v1 + slope1.max(0.0) * resolution >= threshold || v0 >= threshold {
            return false;
        }
        // Zero where both terms have decayed to nothing.
        if !(i0 > 0.0 && slope0 > 0.0 && slope1 <= 0.0) {
            return true;
        }
        let is_concave = (a + b) * i0 > b * b * v0 && (a + b) * i1 > b * b * v1;
        let meet = (v1 - v0 - slope1 * length) / (slope0 - slope1);
        let top = v0 + slope0 * meet;
        // A sliver for the rounding of this very estimate.
        is_concave && top + 1e-12 * top.abs() < threshold
    }
}
