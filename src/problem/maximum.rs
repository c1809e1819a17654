//! The largest voltage of a readout, followed from interval to interval.

use crate::dynamics::{Ends, Flow, Highest, highest, later};
use crate::event::Maximum;

/// Raises a maximum to that of an interval without events, which begins at `start` and ends at `end` ms.
pub(crate) fn raise(maximum: &mut Maximum, flow: &Flow, ends: &Ends, interval: (f64, f64)) {
    raise_to(maximum, &highest(flow, ends), interval);
}

/// Raises a maximum to the highest potential of an interval that begins at `start` and ends at `end` ms.
pub(crate) fn raise_to(maximum: &mut Maximum, found: &Highest, (start, end): (f64, f64)) {
    if found.potential > maximum.voltage {
        *maximum = Maximum {
            voltage: found.potential,
            // Later than the arrival that began the interval, on whose side it lies.
            time: later(start, found.after).min(end),
            slope: found.slope,
        };
    }
}
