//! When a membrane potential first reaches its threshold from below.

use super::Flow;

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

/// Householder steps converge with fourth order; once a step is this fraction of
/// the local scale, what remains after it is below rounding.
const LAST_STEP: f64 = 1e-4;

/// Newton or bisection: both end well before, even on a tangent.
const MAX_ITERATIONS: usize = 200;

/// The first time in `(0, limit]` at which the potential reaches `threshold` from below.
///
/// `potential` and `threshold` are measured from the drive. With
/// `q = (I - b V)/(a I)`, V has its one interior extremum at `log1p(d q)/d`,
/// `d = b - a` (`q` itself where d = 0), a maximum when I > 0. So the crossing
/// lies between 0 and the maximum, or between 0 and the end where the end is at
/// or above the threshold, or does not exist: nothing is missed or invented.
///
/// A potential already at the threshold and rising (rounding at the seam of two
/// intervals) crosses at once, `after = 0`.
#[inline]
pub fn first_crossing(
    flow: &Flow,
    potential: f64,
    current: f64,
    threshold: f64,
    limit: f64,
) -> Option<Crossing> {
    let slope = current - flow.membrane_rate * potential;
    if potential >= threshold && slope > 0.0 {
        return Some(Crossing {
            after: 0.0,
            membrane: 1.0,
            synapse: 1.0,
        });
    }
    let (end_potential, end_current) = flow.propagator(limit).apply(potential, current);
    let end_slope = end_current - flow.membrane_rate * end_potential;
    if end_potential >= threshold && potential < threshold {
        let end = (end_potential, end_current);
        return Some(solve(flow, (potential, current), end, threshold, limit));
    }
    // Zero, not below, where both terms have decayed to nothing: after some 700 time constants.
    let peak = if current > 0.0 && slope > 0.0 && end_slope <= 0.0 {
        let peak = extremum(flow, potential, current)?.min(limit);
        let top = flow.propagator(peak).apply(potential, current);
        if top.0 < threshold {
            return None;
        }
        (peak, top)
    } else {
        return None;
    };
    Some(solve(flow, (potential, current), peak.1, threshold, peak.0))
}

/// The states (potential, current) at both ends of an interval without events.
pub(crate) struct Ends {
    pub start: (f64, f64),
    pub end: (f64, f64),
    pub length: f64,
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
        if v1 >= threshold || v0 >= threshold {
            return false;
        }
        let (slope0, slope1) = (i0 - b * v0, i1 - b * v1);
        // Zero where both terms have decayed to nothing.
        if !(i0 > 0.0 && slope0 > 0.0 && slope1 <= 0.0) {
            return true;
        }
        let is_concave = (a + b) * i0 > b * b * v0 && (a + b) * i1 > b * b * v1;
        let meet = (v1 - v0 - slope1 * self.length) / (slope0 - slope1);
        let top = v0 + slope0 * meet;
        // A sliver for the rounding of this very estimate.
        is_concave && top + 1e-12 * top.abs() < threshold
    }
}

/// Where dV/dt = 0, if anywhere after 0.
pub(crate) fn extremum(flow: &Flow, potential: f64, current: f64) -> Option<f64> {
    let q = (current - flow.membrane_rate * potential) / (flow.synapse_rate * current);
    let x = flow.rate_difference() * q;
    if q <= 0.0 || x <= -1.0 {
        return None;
    }
    // log1p(x)/d = q log1p(x)/x: no division by a vanishing d.
    let ratio = if x.abs() < 1e-8 {
        1.0 - x / 2.0
    } else {
        x.ln_1p() / x
    };
    Some(q * ratio)
}

/// The root in `(0, upper]`, given the states (potential, current) at both ends, V below
/// the threshold at 0 and at or above it at `upper`.
#[inline]
pub(crate) fn solve(
    flow: &Flow,
    (potential, current): (f64, f64),
    end: (f64, f64),
    threshold: f64,
    upper: f64,
) -> Crossing {
    let (a, b) = (flow.synapse_rate, flow.membrane_rate);
    let fastest = flow.fastest_rate();
    let (mut low, mut high) = (0.0, upper);
    let mut t = guess(flow, (potential, current), end, threshold, upper);
    if !(t > low && t < high) {
        t = 0.5 * upper;
    }
    let mut propagator = flow.propagator(t);
    // What is left from the propagator's time to t.
    let mut rest = 0.0;
    for _ in 0..MAX_ITERATIONS {
        let (v, i) = propagator.apply(potential, current);
        let miss = v - threshold;
        if miss < 0.0 {
            low = t;
        } else {
            high = t;
        }
        let step = householder(miss, v, i, a, b);
        let next = t + step;
        let slope = i - b * v;
        let curvature = b * slope + a * i;
        let inside = next >= low && next <= high;
        // The second scale is slope over curvature: short near a tangent.
        if inside
            && step.abs() * fastest < LAST_STEP
            && (step * curvature).abs() < LAST_STEP * slope.abs()
        {
            (t, rest) = (next, step);
            break;
        }
        if high - low <= f64::EPSILON * high {
            (t, rest) = (high, high - t);
            break;
        }
        t = if inside && next > low && next < high {
            next
        } else {
            0.5 * (low + high)
        };
        propagator = flow.propagator(t);
    }
    Crossing {
        after: t,
        membrane: propagator.membrane * exp_of_small(-b * rest),
        synapse: propagator.synapse * exp_of_small(-a * rest),
    }
}

/// exp(x) for x no larger than the last step: four terms are exact to rounding.
#[inline]
fn exp_of_small(x: f64) -> f64 {
    1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6.0)))
}

/// Where t(V), interpolated to fifth order from both ends, meets the threshold: over a short
/// interval so near that one step of Householder's finishes.
#[inline]
fn guess(flow: &Flow, start: (f64, f64), end: (f64, f64), threshold: f64, length: f64) -> f64 {
    let (a, b) = (flow.synapse_rate, flow.membrane_rate);
    let span = end.0 - start.0;
    // dt/ds and d2t/ds2 for s = (V - V0)/span.
    let derivatives = |(v, i): (f64, f64)| {
        let slope = i - b * v;
        let inverse = 1.0 / slope;
        let per_slope = span * inverse;
        let curvature = -b * slope - a * i;
        (per_slope, -curvature * per_slope * per_slope * inverse)
    };
    let (d0, c0) = derivatives(start);
    let (d1, c1) = derivatives(end);
    let s = (threshold - start.0) / span;
    let cubic = 10.0 * length - 6.0 * d0 - 1.5 * c0 - 4.0 * d1 + 0.5 * c1;
    let quartic = -15.0 * length + 8.0 * d0 + 1.5 * c0 + 7.0 * d1 - c1;
    let quintic = 6.0 * length - 3.0 * (d0 + d1) - 0.5 * (c0 - c1);
    s * (d0 + s * (0.5 * c0 + s * (cubic + s * (quartic + s * quintic))))
}

/// Householder's third-order step towards V = threshold; the derivatives of V follow from the flow.
#[inline]
fn householder(miss: f64, v: f64, i: f64, a: f64, b: f64) -> f64 {
    let d1 = i - b * v;
    let d2 = -b * d1 - a * i;
    let d3 = -b * d2 + a * a * i;
    let numerator = -miss * (6.0 * d1 * d1 - 3.0 * miss * d2);
    let denominator = d1 * (6.0 * d1 * d1 - 6.0 * miss * d2) + miss * miss * d3;
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

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
                        let exact = first_crossing(&flow, v, i, 1.0, limit);
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
        assert!(first_crossing(&flow, 0.0, 1.0, top * (1.0 - 1e-12), 50.0).is_some());
        assert!(first_crossing(&flow, 0.0, 1.0, top * (1.0 + 1e-12), 50.0).is_none());
    }

    #[test]
    fn a_peak_is_found_however_long_the_interval() {
        let flow = Flow::new(10.0, 5.0);
        let near = first_crossing(&flow, 0.0, 0.8, 1.0, 20.0).expect("it rises to 2");
        for limit in [1e2, 1e4, 1e6, 1e300] {
            let far = first_crossing(&flow, 0.0, 0.8, 1.0, limit).expect("the same peak");
            assert!((far.after - near.after).abs() < 1e-13, "{limit}: {far:?}");
            let (potential, current) = flow.propagator(limit).apply(0.0, 0.8);
            let ends = Ends {
                start: (0.0, 0.8),
                end: (potential, current),
                length: limit,
            };
            assert!(!ends.stays_below(&flow, 1.0), "{limit}");
        }
    }

    #[test]
    fn at_the_threshold_and_rising_crosses_at_once() {
        let flow = Flow::new(20.0, 5.0);
        let at_once = first_crossing(&flow, 1.0, 0.5, 1.0, 1.0);
        assert_eq!(at_once.map(|crossing| crossing.after), Some(0.0));
        assert_eq!(first_crossing(&flow, 1.0, 0.01, 1.0, 1.0), None);
    }

    #[test]
    fn a_constant_drive_alone_crosses_where_the_logarithm_says() {
        // V - c = -2 exp(-t/20), threshold at -1: t = 20 ln 2.
        let flow = Flow::new(20.0, 5.0);
        let crossing = first_crossing(&flow, -2.0, 0.0, -1.0, 40.0).expect("the drive crosses");
        assert!((crossing.after - 20.0 * 2f64.ln()).abs() < 1e-13);
    }
}
