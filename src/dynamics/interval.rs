//! An interval between two events of a neuron, and how finely times can be told apart at its end.

/// Two times that were computed are taken for one where they differ by no more than this many roundings: what comes of
/// different but equal formulas.
const ROUNDINGS: f64 = 8.0;

/// An interval without events.
///
/// At one time spikes come before arrivals. A crossing is computed, and so are most arrivals: where both fall on one time,
/// rounding would decide which came first, and another kernel might decide otherwise. So a crossing within
/// `resolution` after the interval's end counts as one at its end, before whatever arrives there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// How long it lasts, in ms.
    pub length: f64,
    /// How much later than its end a crossing may come and still count as one at its end, in ms.
    pub resolution: f64,
}

impl Interval {
    /// The interval between two times in ms.
    #[inline]
    pub fn between(start: f64, end: f64) -> Self {
        Self {
            length: end - start,
            resolution: time_resolution(end),
        }
    }

    /// An interval whose end is an exact number: a crossing after it is none of its own.
    pub fn exact(length: f64) -> Self {
        Self {
            length,
            resolution: 0.0,
        }
    }
}

/// How far apart computed times must lie to be told apart, in ms: 8 roundings of the time itself.
#[inline]
pub fn time_resolution(time: f64) -> f64 {
    ROUNDINGS * f64::EPSILON * time.abs()
}
