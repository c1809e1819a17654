//! When a membrane potential first reaches its threshold from below.

use super::{Flow, Interval, solve};

/// An upward crossing of the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// Time from the start of the interval, in ms.
    pub after: f64,
    /// The flow from the start of the interval to the crossing: exp(-b t) and exp(-a t).
    pub membrane: f64,
    /// See `membrane`.
    pub synapse: f64,
}

/// Intervals of more than this many of the slower time constant are first cut to where something can still happen.
const LONG: f64 = 30.0;

/// The first time in `(0, length]` at which the potential reaches `threshold` from below.
///
/// `potential` and `threshold` are measured from rest. With
/// `q = (I - b V)/(a I)`, V has its one interior extremum at `log1p(d q)/d`,
/// `d = b - a` (`q` itself where d = 0), a maximum when I > 0, a minimum when I < 0. So the crossing
/// lies before the maximum, or between the minimum and the end, or does not exist: nothing is missed or invented.
///
/// * A potential already at the threshold and rising (rounding at the seam of two
///   intervals) crosses at once, `after = 0`; one that is falling there may come back after its minimum.
/// * A potential that approaches the threshold and never reaches it (rest = threshold) does not cross.
/// * A crossing within the interval's resolution after its end counts as one at its end.
/// * An interval without length has no crossing.
#[inline]
pub fn first_crossing(
    flow: &Flow,
    potential: f64,
    current: f64,
    threshold: f64,
    interval: Interval,
) -> Option<Crossing> {
    let slope = current - flow.membrane_rate * potential;
    let limit = interval.length;
    if limit <= 0.0 {
        return None;
    }
    if potential >= threshold {
        return if slope > 0.0 {
            Some(Crossing::AT_ONCE)
        } else {
            after_minimum(flow, (potential, current), threshold, interval)
        };
    }
    if threshold == 0.0 {
        return reach_rest(flow, potential, current, interval);
    }
    let start = (potential, current);
    if limit * flow.slowest_rate() > LONG {
        let last = last_time(flow, start, threshold)?;
        if last < limit {
            return cross_before(flow, start, threshold, Interval::exact(last));
        }
    }
    cross_before(flow, start, threshold, interval)
}

impl Crossing {
    const AT_ONCE: Self = Self {
        after: 0.0,
        membrane: 1.0,
        synapse: 1.0,
    };

    /// At a time given as such.
    fn at(flow: &Flow, after: f64) -> Self {
        let step = flow.propagator(after);
        Self {
            after,
            membrane: step.membrane,
            synapse: step.synapse,
        }
    }
}

/// The crossing of a potential that starts below a threshold other than zero, in an interval over which it does not decay to nothing.
#[inline]
fn cross_before(
    flow: &Flow,
    start: (f64, f64),
    threshold: f64,
    interval: Interval,
) -> Option<Crossing> {
    let limit = interval.length;
    let (potential, current) = start;
    let end = flow.propagator(limit).apply(potential, current);
    let end_slope = end.1 - flow.membrane_rate * end.0;
    if end.0 >= threshold {
        return Some(solve(flow, start, end, threshold, limit));
    }
    if end_slope > 0.0 {
        let is_near = threshold - end.0 <= end_slope * interval.resolution;
        return is_near.then(|| Crossing::at(flow, limit));
    }
    // Zero, not below, where both terms have decayed to nothing: after some 700 time constants.
    let slope = current - flow.membrane_rate * potential;
    if !(current > 0.0 && slope > 0.0) {
        return None;
    }
    let peak = extremum(flow, potential, current)?.min(limit);
    let top = flow.propagator(peak).apply(potential, current);
    (top.0 >= threshold).then(|| solve(flow, start, top, threshold, peak))
}

/// The crossing of a potential that is at its threshold or above by rounding, and falls: the inhibition that
/// bends it down decays, and it may come back.
#[cold]
fn after_minimum(
    flow: &Flow,
    (potential, current): (f64, f64),
    threshold: f64,
    interval: Interval,
) -> Option<Crossing> {
    if current >= 0.0 {
        return None;
    }
    let minimum = extremum(flow, potential, current)?;
    if minimum >= interval.length {
        return None;
    }
    let step = flow.propagator(minimum);
    let (low, current) = step.apply(potential, current);
    let rest = Interval {
        length: interval.length - minimum,
        ..interval
    };
    let from_there = if low >= threshold {
        // The dip is below rounding: it rises from the threshold.
        Crossing::AT_ONCE
    } else {
        first_crossing(flow, low, current, threshold, rest)?
    };
    Some(Crossing {
        after: minimum + from_there.after,
        membrane: step.membrane * from_there.membrane,
        synapse: step.synapse * from_there.synapse,
    })
}

/// The crossing of a threshold that lies exactly at rest: `V = exp(-b t) (V0 + I0 expm1(d t)/d)` with `d = b - a`
/// is zero at `log1p(-d V0/I0)/d`, or approaches zero for ever.
fn reach_rest(flow: &Flow, potential: f64, current: f64, interval: Interval) -> Option<Crossing> {
    if current <= 0.0 {
        return None;
    }
    let q = -potential / current;
    let after = q * log1p_over_x(flow.rate_difference() * q)?;
    let limit = interval.length;
    (after <= limit + interval.resolution).then(|| Crossing::at(flow, after.min(limit)))
}

/// A time that no first crossing of a potential below its threshold comes after, in ms; `None` where there is none at all.
///
/// Above rest only a rising potential crosses, and it does so before its maximum. Below the drive V
/// goes to zero and passes the threshold on the way:
/// with I >= 0 no later than `V0 exp(-b t)` does; with I < 0, s the smaller rate, since
/// `gain(t) <= t exp(-s t) <= 2/s exp(-s t/2)`, no later than `-(|V0| + 2 |I0|/s) exp(-s t/2)`.
#[cold]
fn last_time(flow: &Flow, (potential, current): (f64, f64), threshold: f64) -> Option<f64> {
    if threshold > 0.0 {
        let is_rising = current > 0.0 && current > flow.membrane_rate * potential;
        return is_rising
            .then(|| extremum(flow, potential, current))
            .flatten();
    }
    let bound = if current >= 0.0 {
        (potential / threshold).ln() / flow.membrane_rate
    } else {
        let slowest = flow.slowest_rate();
        let size = potential.abs() + 2.0 * current.abs() / slowest;
        2.0 / slowest * (size / -threshold).ln()
    };
    // Beyond rounding: V lies above the threshold by then.
    Some(bound * (1.0 + 1e-9) + 1e-9 / flow.membrane_rate)
}

/// Where dV/dt = 0, if anywhere after 0.
pub(crate) fn extremum(flow: &Flow, potential: f64, current: f64) -> Option<f64> {
    let q = (current - flow.membrane_rate * potential) / (flow.synapse_rate * current);
    if q <= 0.0 {
        return None;
    }
    Some(q * log1p_over_x(flow.rate_difference() * q)?)
}

/// `log1p(x)/x`, which does not divide by a vanishing x; `None` where x <= -1.
fn log1p_over_x(x: f64) -> Option<f64> {
    if x <= -1.0 {
        return None;
    }
    Some(if x.abs() < 1e-8 {
        1.0 - x / 2.0
    } else {
        x.ln_1p() / x
    })
}

#[cfg(test)]
mod tests {
    use super::super::Ends;
    use super::*;

    fn cross(flow: &Flow, v: f64, i: f64, threshold: f64, limit: f64) -> Option<Crossing> {
        first_crossing(flow, v, i, threshold, Interval::exact(limit))
    }

    /// A scan fine enough to see every crossing of these parameters.
    fn by_scan(flow: &Flow, v: f64, i: f64, threshold: f64, limit: f64) -> Option<f64> {
        let n = 40_000;
        (1..=n)
            .map(|k| k as f64 / n as f64 * limit)
            .find(|&t| flow.propagator(t).apply(v, i).0 >= threshold)
    }

    #[test]
    fn agrees_with_a_fine_scan() {
        let mut found = 0;
        for tau_synapse in [0.5, 5.0, 19.999, 20.0, 20.001, 60.0] {
            let flow = Flow::new(20.0, tau_synapse);
            for v in [-1.0, 0.0, 0.5, 0.99] {
                for i in [-0.5, 0.0, 0.03, 0.1, 0.5, 3.0] {
                    for limit in [0.01, 1.0, 10.0, 100.0] {
                        let exact = cross(&flow, v, i, 1.0, limit);
                        let scanned = by_scan(&flow, v, i, 1.0, limit);
                        match (exact, scanned) {
                            (None, None) => {}
                            (Some(x), Some(y)) => {
                                found += 1;
                                assert!((x.after - y).abs() <= limit / 20_000.0);
                                let (v, _) = flow.propagator(x.after).apply(v, i);
                                assert!((v - 1.0).abs() < 1e-14, "{v}");
                            }
                            other => panic!("{v} {i} {limit} {tau_synapse}: {other:?}"),
                        }
                    }
                }
            }
        }
        assert!(found > 50, "the scan must see crossings, saw {found}");
    }

    #[test]
    fn a_tangent_is_found_from_both_sides() {
        let flow = Flow::new(20.0, 5.0);
        let peak = extremum(&flow, 0.0, 1.0).expect("a positive current has a maximum");
        let (top, _) = flow.propagator(peak).apply(0.0, 1.0);
        assert!(cross(&flow, 0.0, 1.0, top * (1.0 - 1e-12), 50.0).is_some());
        assert!(cross(&flow, 0.0, 1.0, top * (1.0 + 1e-12), 50.0).is_none());
    }

    #[test]
    fn a_peak_is_found_however_long_the_interval() {
        let flow = Flow::new(10.0, 5.0);
        let near = cross(&flow, 0.0, 0.8, 1.0, 20.0).expect("it rises to 2");
        for limit in [1e2, 1e4, 1e6, 1e300] {
            let far = cross(&flow, 0.0, 0.8, 1.0, limit).expect("the same peak");
            assert!((far.after - near.after).abs() < 1e-13, "{limit}: {far:?}");
            let (potential, current) = flow.propagator(limit).apply(0.0, 0.8);
            let ends = Ends {
                start: (0.0, 0.8),
                end: (potential, current),
                interval: Interval::exact(limit),
            };
            assert!(!ends.stays_below(&flow, 1.0), "{limit}");
        }
    }

    #[test]
    fn at_the_threshold_and_rising_crosses_at_once() {
        let flow = Flow::new(20.0, 5.0);
        let at_once = cross(&flow, 1.0, 0.5, 1.0, 1.0);
        assert_eq!(at_once.map(|crossing| crossing.after), Some(0.0));
        assert_eq!(cross(&flow, 1.0, 0.01, 1.0, 1.0), None);
    }

    #[test]
    fn a_constant_drive_alone_crosses_where_the_logarithm_says() {
        // V - c = -2 exp(-t/20), threshold at -1: t = 20 ln 2.
        let flow = Flow::new(20.0, 5.0);
        let crossing = cross(&flow, -2.0, 0.0, -1.0, 40.0).expect("the drive crosses");
        assert!((crossing.after - 20.0 * 2f64.ln()).abs() < 1e-13);
    }
}
