//! First crossings of a register of neurons at once: `dynamics::solve`, lane by lane the same steps.
//!
//! A lane's result does not depend on its neighbours: a lane that is done keeps its result
//! while others go on.

use pulp::Simd;

use crate::cpu::registers::{Vector, bits};
use crate::dynamics::{EXPM1_SERIES, FREE, Flow, SHRINK};

/// Intervals up to this many time constants of the difference of the rates, and of the
/// membrane, are short: one series serves for all exponentials.
const SHORT: f64 = 0.5;

/// As in `dynamics::solve`: what remains after a Householder step this small is below rounding.
const LAST_STEP: f64 = 1e-4;

/// Registers that are solved at once, to hide each other's latency.
pub(super) const SOLVED_TOGETHER: usize = 2;

/// Potentials and currents of a register of neurons.
pub(super) type States<S> = (Vector<S>, Vector<S>);

/// Where potentials reach their thresholds, and the flow until then.
#[derive(Clone, Copy)]
pub(super) struct Roots<S: Simd> {
    /// Time from the start of the interval, in ms.
    pub after: Vector<S>,
    /// exp(-b t).
    pub membrane: Vector<S>,
    /// exp(-a t).
    pub synapse: Vector<S>,
}

/// Whether [`solve`] can be used for an interval of this length.
pub(super) fn is_short(flow: &Flow, length: f64) -> bool {
    length * flow.rate_difference().abs().max(flow.membrane_rate) <= SHORT
}

/// `Ends::stays_below`, a bit for each lane.
#[inline(always)]
pub(super) fn stays_below<S: Simd>(
    flow: &Flow,
    start: States<S>,
    end: States<S>,
    threshold: Vector<S>,
    (length, resolution): (Vector<S>, Vector<S>),
) -> u32 {
    let simd = threshold.0;
    let (a, b) = (
        threshold.all(flow.synapse_rate),
        threshold.all(flow.membrane_rate),
    );
    let zero = threshold.all(0.0);
    let ((v0, i0), (v1, i1)) = (start, end);
    let (slope0, slope1) = (i0 - b * v0, i1 - b * v1);
    let soon = resolution.mul_add(slope1, v1);
    let ends_below = simd.and_m64s(v1.lt(threshold), soon.lt(threshold));
    let ends_below = bits::<S>(simd.and_m64s(v0.lt(threshold), ends_below));
    let has_peak = simd.and_m64s(zero.lt(slope0), slope1.le(zero));
    let has_peak = bits::<S>(simd.and_m64s(has_peak, zero.lt(i0)));
    if ends_below & has_peak == 0 {
        return ends_below;
    }
    let squared = b * b;
    let is_concave = simd.and_m64s(
        (squared * v0).lt((a + b) * i0),
        (squared * v1).lt((a + b) * i1),
    );
    let meet = (v1 - v0 - slope1 * length) / (slope0 - slope1);
    let top = v0 + slope0 * meet;
    // A sliver for the rounding of this very estimate.
    let is_low = (top + threshold.all(1e-12) * top.abs()).lt(threshold);
    let is_under = bits::<S>(simd.and_m64s(is_concave, is_low));
    ends_below & (!has_peak | is_under)
}

/// Crossings to be solved: potentials below the threshold at `start` and not at `end`, `upper` later, which is
/// short. What lanes outside of `wanted` get has no meaning.
#[derive(Clone, Copy)]
pub(super) struct Brackets<S: Simd> {
    pub start: States<S>,
    pub end: States<S>,
    pub threshold: Vector<S>,
    pub upper: Vector<S>,
    pub wanted: S::m64s,
}

/// The roots in `(0, upper]` of N registers, whose chains of dependent operations hide each other's latency.
#[inline(always)]
pub(super) fn solve<S: Simd, const N: usize>(
    flow: &Flow,
    brackets: [Brackets<S>; N],
) -> [Roots<S>; N] {
    let rates = (
        brackets[0].upper.all(flow.synapse_rate),
        brackets[0].upper.all(flow.membrane_rate),
    );
    // Loops, not closures: those do not inherit the processor's features.
    let mut searches = [Search::new(rates, brackets[0]); N];
    for ix in 1..N {
        searches[ix] = Search::new(rates, brackets[ix]);
    }
    // Brackets halve: see `dynamics::Bracket`.
    loop {
        let mut pending = 0;
        for search in &mut searches {
            search.advance(flow, rates);
            pending |= bits::<S>(search.pending);
        }
        if pending == 0 {
            break;
        }
    }
    let mut roots = [searches[0].roots; N];
    for ix in 1..N {
        roots[ix] = searches[ix].roots;
    }
    roots
}

/// A register of searches on their way.
#[derive(Clone, Copy)]
struct Search<S: Simd> {
    bracket: Brackets<S>,
    low: Vector<S>,
    high: Vector<S>,
    allowed: Vector<S>,
    t: Vector<S>,
    pending: S::m64s,
    roots: Roots<S>,
}

impl<S: Simd> Search<S> {
    #[inline(always)]
    fn new(rates: (Vector<S>, Vector<S>), bracket: Brackets<S>) -> Self {
        let upper = bracket.upper;
        let (zero, one, half) = (upper.all(0.0), upper.all(1.0), upper.all(0.5));
        let t = guess(rates, bracket.start, bracket.end, bracket.threshold, upper);
        let within = upper.0.and_m64s(zero.lt(t), t.lt(upper));
        let t = t.or(within, half * upper);
        Self {
            bracket,
            low: zero,
            high: upper,
            allowed: upper.all(FREE) * upper,
            t,
            pending: bracket.wanted,
            roots: Roots {
                after: t,
                membrane: one,
                synapse: one,
            },
        }
    }

    /// One step of Householder's, or of bisection.
    #[inline(always)]
    fn advance(&mut self, flow: &Flow, (a, b): (Vector<S>, Vector<S>)) {
        let (t, simd) = (self.t, self.t.0);
        let (zero, one, half) = (t.all(0.0), t.all(1.0), t.all(0.5));
        let (minus_b, minus_a) = (t.all(-flow.membrane_rate), t.all(-flow.synapse_rate));
        let last = t.all(LAST_STEP);
        let (start, pending) = (self.bracket.start, self.pending);
        let (y, x) = (minus_b * t, t.all(flow.rate_difference()) * t);
        let membrane = y.mul_add(expm1_series(y), one);
        let series = expm1_series(x);
        let synapse = membrane * x.mul_add(series, one);
        let gain = t * membrane * series;
        let v = start.0.mul_add(membrane, start.1 * gain);
        let i = start.1 * synapse;
        let miss = v - self.bracket.threshold;
        let is_below = miss.lt(zero);
        let low = t.or(is_below, self.low);
        let high = self.high.or(is_below, t);
        let slope = i - b * v;
        let curvature = b.mul_add(slope, a * i);
        let step = householder(miss, i, (slope, curvature), (a, b));
        let next = t + step;
        let is_inside = simd.and_m64s(low.le(next), next.le(high));
        // The second scale is slope over curvature: short near a tangent.
        let is_small = simd.and_m64s(
            (step.abs() * t.all(flow.fastest_rate())).lt(last),
            (step * curvature).abs().lt(last * slope.abs()),
        );
        let is_converged = simd.and_m64s(is_inside, is_small);
        let is_narrow = (high - low).le(t.all(f64::EPSILON) * high);
        let allowed = self.allowed * t.all(SHRINK);
        let is_strictly_inside = simd.and_m64s(low.lt(next), next.lt(high));
        let is_accepted = simd.and_m64s(is_strictly_inside, (high - low).le(allowed));
        let onward = next.or(is_accepted, half * (low + high));
        let root = next.or(is_converged, high.or(is_narrow, onward));
        let rest = root - t;
        let roots = &mut self.roots;
        roots.after = root.or(pending, roots.after);
        let flow_on = membrane * exp_of_small(minus_b * rest);
        roots.membrane = flow_on.or(pending, roots.membrane);
        let flow_on = synapse * exp_of_small(minus_a * rest);
        roots.synapse = flow_on.or(pending, roots.synapse);
        let is_done = simd.or_m64s(is_converged, is_narrow);
        let still = simd.and_m64s(pending, is_done);
        self.pending = simd.xor_m64s(pending, still);
        (self.low, self.high, self.allowed, self.t) = (low, high, allowed, root);
    }
}

/// See `dynamics::flow`: the Taylor series of `(exp(x) - 1) / x`.
#[inline(always)]
fn expm1_series<S: Simd>(x: Vector<S>) -> Vector<S> {
    let c = |k: usize| x.all(EXPM1_SERIES[k]);
    let x2 = x * x;
    let x4 = x2 * x2;
    let pair = |k: usize| c(k + 1).mul_add(x, c(k));
    let quad = |k: usize| x2.mul_add(pair(k + 2), pair(k));
    let low = x4.mul_add(quad(4), quad(0));
    let high = x4.mul_add(quad(12), quad(8));
    (x4 * x4).mul_add(high, low)
}

/// exp(x) for x no larger than the last step: four terms are exact to rounding.
#[inline(always)]
fn exp_of_small<S: Simd>(x: Vector<S>) -> Vector<S> {
    let (one, half, sixth) = (x.all(1.0), x.all(0.5), x.all(1.0 / 6.0));
    x.mul_add(x.mul_add(x.mul_add(sixth, half), one), one)
}

/// See `dynamics::crossing`: t(V) interpolated to fifth order from both ends.
#[inline(always)]
fn guess<S: Simd>(
    (a, b): (Vector<S>, Vector<S>),
    start: States<S>,
    end: States<S>,
    threshold: Vector<S>,
    length: Vector<S>,
) -> Vector<S> {
    let c = |value: f64| threshold.all(value);
    let span = end.0 - start.0;
    let (d0, c0) = derivatives((a, b), start, span);
    let (d1, c1) = derivatives((a, b), end, span);
    let s = (threshold - start.0) / span;
    let at_start = (d0, c(0.5) * c0);
    let at_end = (d1, c(0.5) * c1);
    let whole = |factor: f64| c(factor) * length;
    let cubic = whole(10.0) - c(6.0) * d0 - c(3.0) * at_start.1 - c(4.0) * d1 + at_end.1;
    let quartic = c(8.0).mul_add(d0, whole(-15.0)) + c(1.5) * c0 + c(7.0) * d1 - c1;
    let quintic = c(-3.0).mul_add(d0 + d1, whole(6.0)) - (at_start.1 - at_end.1);
    let upper = s.mul_add(s.mul_add(quintic, quartic), cubic);
    s * s.mul_add(s.mul_add(upper, at_start.1), d0)
}

/// dt/ds and d2t/ds2 for s = (V - V0)/span. Not a closure: those do not inherit the processor's
/// features, and may stay calls of calls.
#[inline(always)]
fn derivatives<S: Simd>(
    (a, b): (Vector<S>, Vector<S>),
    (v, i): States<S>,
    span: Vector<S>,
) -> (Vector<S>, Vector<S>) {
    let slope = i - b * v;
    let inverse = v.all(1.0) / slope;
    let per_slope = span * inverse;
    let curvature = b.mul_add(slope, a * i);
    (per_slope, curvature * per_slope * per_slope * inverse)
}

/// See `dynamics::crossing`: Householder's third-order step towards V = threshold. With
/// `curvature` = -d2V/dt2.
#[inline(always)]
fn householder<S: Simd>(
    miss: Vector<S>,
    i: Vector<S>,
    (slope, curvature): (Vector<S>, Vector<S>),
    (a, b): (Vector<S>, Vector<S>),
) -> Vector<S> {
    let c = |value: f64| miss.all(value);
    let third = b.mul_add(curvature, a * a * i);
    let squares = c(6.0) * slope * slope;
    let bend = miss * curvature;
    let numerator = miss * c(3.0).mul_add(bend, squares);
    let denominator = slope.mul_add(c(6.0).mul_add(bend, squares), miss * miss * third);
    c(0.0) - numerator / denominator
}
