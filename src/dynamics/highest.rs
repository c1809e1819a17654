//! The largest potential of an interval without events.

use super::{Ends, Flow, extremum};

/// Where the potential is highest between two events, the first of equal moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Highest {
    /// The potential above rest.
    pub potential: f64,
    /// Time from the start of the interval, in ms.
    pub after: f64,
    /// dV/dt there, in 1/ms: zero inside of the interval, the slope at its end there.
    pub slope: f64,
}

/// The highest potential after the start of an interval.
///
/// V has one interior extremum at most, a maximum where it rises at the start under a positive current and
/// falls at the end.
pub(crate) fn highest(flow: &Flow, ends: &Ends) -> Highest {
    let slope = |(potential, current): (f64, f64)| current - flow.membrane_rate * potential;
    let turns = ends.start.1 > 0.0 && slope(ends.start) > 0.0 && slope(ends.end) <= 0.0;
    let peak = turns.then(|| extremum(flow, ends.start.0, ends.start.1));
    match peak.flatten() {
        Some(after) if after < ends.interval.length => Highest {
            potential: flow.propagator(after).apply(ends.start.0, ends.start.1).0,
            after,
            slope: 0.0,
        },
        _ => Highest {
            potential: ends.end.0,
            after: ends.interval.length,
            slope: slope(ends.end).max(0.0),
        },
    }
}
