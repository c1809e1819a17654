//! Where a potential that is known to cross its threshold does so.

use super::bracket::Bracket;
use super::{Crossing, Flow};

/// Householder steps converge with fourth order; once a step is this fraction of
/// the local scale, what remains after it is below rounding.
const LAST_STEP: f64 = 1e-4;

/// Intervals of up to this many of the faster time constant are short enough for a polynomial between their ends.
const SHORT: f64 = 2.0;

/// The root in `(0, upper]`, given the states (potential, current) at both ends, V below
/// the threshold at 0 and at or above it at `upper`.
///
/// Householder's steps inside a bracket, halved where they do not converge: what is returned has converged.
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
    let mut bracket = Bracket::new(0.0, upper);
    let mut t = if threshold < 0.0 && upper * fastest > SHORT {
        driven_guess(flow, (potential, current), threshold)
    } else {
        guess(flow, (potential, current), end, threshold, upper)
    };
    if !(t > 0.0 && t < upper) {
        t = 0.5 * upper;
    }
    let crossing = loop {
        let propagator = flow.propagator(t);
        let (v, i) = propagator.apply(potential, current);
        let miss = v - threshold;
        bracket.narrow(t, miss < 0.0);
        let step = householder(miss, v, i, a, b);
        let next = t + step;
        let slope = i - b * v;
        let curvature = b * slope + a * i;
        // The second scale is slope over curvature: short near a tangent.
        let is_last = next >= bracket.low
            && next <= bracket.high
            && step.abs() * fastest < LAST_STEP
            && (step * curvature).abs() < LAST_STEP * slope.abs();
        let root = if is_last {
            next
        } else if bracket.is_closed() {
            bracket.high
        } else {
            t = bracket.next(next);
            continue;
        };
        // What is left from the propagator's time to the root.
        let rest = root - t;
        break Crossing {
            after: root,
            membrane: propagator.membrane * exp_of_small(-b * rest),
            synapse: propagator.synapse * exp_of_small(-a * rest),
        };
    };
    debug_assert!(
        residual(flow, (potential, current), threshold, crossing.after) < 1e-11,
        "a crossing that is returned has converged"
    );
    crossing
}

/// How far a potential is from its threshold, relative to the terms that make it up.
fn residual(flow: &Flow, (potential, current): (f64, f64), threshold: f64, after: f64) -> f64 {
    let step = flow.propagator(after);
    let terms = [potential * step.membrane, current * step.gain, -threshold];
    // The rounding of a time moves a potential by as much as the exponents do.
    let scale = terms.iter().map(|term| term.abs()).sum::<f64>();
    let scale = scale * (1.0 + after * flow.fastest_rate());
    terms.iter().sum::<f64>().abs() / scale
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

/// Where the slower of V's two exponentials alone reaches a threshold below rest: exact without a current.
fn driven_guess(flow: &Flow, (potential, current): (f64, f64), threshold: f64) -> f64 {
    let difference = flow.rate_difference();
    let (size, rate) = if current == 0.0 || difference < 0.0 {
        let share = if current == 0.0 {
            0.0
        } else {
            current / difference
        };
        (potential - share, flow.membrane_rate)
    } else {
        (current / difference, flow.synapse_rate)
    };
    (size / threshold).ln() / rate
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
