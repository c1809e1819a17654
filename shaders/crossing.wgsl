// When a potential first reaches its threshold from below (`src/dynamics/crossing.rs` says why
// nothing is missed). Needs types.wgsl, bracket.wgsl, exponentials.wgsl, currents_one.wgsl, flow.wgsl and propagate.wgsl.

// The time in [0, limit], or NEVER; past the limit by no more than `resolution` where V goes on rising to the threshold.
// V has one interior extremum at most: with q = (I - b V)/(a I), at log1p((b - a) q)/(b - a), a maximum where I > 0.
fn first_crossing(a: f32, b: f32, state: vec2<f32>, threshold: f32, limit: f32, resolution: f32) -> f32 {
    let slope = state.y - b * state.x;
    if (state.x >= threshold) {
        // Already there and rising: rounding at the seam of two intervals. A neuron that
        // comes down through its threshold rises to it again only from below.
        if (slope > 0.0) {
            return 0.0;
        }
        return crossing_after_minimum(a, b, state, slope, threshold, limit, resolution);
    }
    if (threshold == 0.0) {
        return crossing_of_rest(a, b, state, limit + resolution);
    }
    let end = advance_by(flow_over(a, b, limit), state);
    if (end.x >= threshold) {
        return solve(a, b, state, threshold, 0.0, limit);
    }
    let soon = crossing_soon(b, end, threshold, limit, resolution);
    if (soon != NEVER) {
        return soon;
    }
    if (!(state.y > 0.0 && slope > 0.0)) {
        return NEVER;
    }
    // Still rising at the end: no maximum before it. Over many time constants the end decays to the
    // rounding of the start, of which neither the sign nor zero says anything.
    if (end.y - b * end.x > 1e-6 * (state.y + b * abs(state.x))) {
        return NEVER;
    }
    let peak = min(extremum_time(a, b, state, slope), limit);
    let top = advance_by(flow_over(a, b, peak), state);
    if (top.x < threshold) {
        return NEVER;
    }
    return solve(a, b, state, threshold, 0.0, peak);
}

// V starts at its threshold or above it and does not rise: it comes back from below where it falls to a minimum below a
// threshold that lies below rest.
fn crossing_after_minimum(
    a: f32,
    b: f32,
    state: vec2<f32>,
    slope: f32,
    threshold: f32,
    limit: f32,
    resolution: f32,
) -> f32 {
    if (!(state.y < 0.0 && threshold < 0.0)) {
        return NEVER;
    }
    let bottom = extremum_time(a, b, state, slope);
    if (!(bottom < limit) || advance_by(flow_over(a, b, bottom), state).x >= threshold) {
        return NEVER;
    }
    let end = advance_by(flow_over(a, b, limit), state);
    if (end.x >= threshold) {
        return solve(a, b, state, threshold, bottom, limit);
    }
    return crossing_soon(b, end, threshold, limit, resolution);
}

// The threshold lies at rest: V = exp(-b t) (V0 + I0 expm1((b - a) t)/(b - a)) reaches it where the bracket is zero, and
// without a current above zero only approaches it.
fn crossing_of_rest(a: f32, b: f32, state: vec2<f32>, latest: f32) -> f32 {
    if (!(state.y > 0.0)) {
        return NEVER;
    }
    let q = min(-state.x / state.y, 1e30);
    if (!((b - a) * q > -1.0)) {
        return NEVER;
    }
    var t = log1p_over(q, b - a);
    // The built-in logarithm has only absolute precision near 1: one step of Newton's mends that.
    let here = advance_by(flow_over(a, b, t), state);
    let slope = here.y - b * here.x;
    if (slope > 0.0) {
        t = max(t - here.x / slope, 0.0);
    }
    return select(NEVER, t, t <= latest);
}

// From what V is at the limit: the crossing that its rate makes come within the resolution.
fn crossing_soon(b: f32, end: vec2<f32>, threshold: f32, limit: f32, resolution: f32) -> f32 {
    let slope = end.y - b * end.x;
    let deficit = threshold - end.x;
    if (slope > 0.0 && deficit <= slope * resolution) {
        return limit + deficit / slope;
    }
    return NEVER;
}

fn extremum_time(a: f32, b: f32, state: vec2<f32>, slope: f32) -> f32 {
    return log1p_over(slope / (a * state.y), b - a);
}

// log1p(d q)/d, which is q where d is zero.
fn log1p_over(q: f32, d: f32) -> f32 {
    let x = d * q;
    if (abs(x) < 0.1) {
        // log near 1 has only absolute precision.
        return q * (1.0 - x * (0.5 - x * (0.33333334 - x * (0.25 - x * (0.2 - x * 0.16666667)))));
    }
    return log(1.0 + max(x, -0.99999994)) / d;
}

// The root in (lower, upper], V below the threshold at `lower` and at or above it at `upper`.
fn solve(a: f32, b: f32, state: vec2<f32>, threshold: f32, lower: f32, upper: f32) -> f32 {
    let slope0 = state.y - b * state.x;
    var t = (threshold - state.x) / max(slope0, 1e-30);
    if (!(t > lower && t < upper)) {
        t = 0.5 * (lower + upper);
    }
    var bracket = bracket_of(lower, upper, t);
    for (var k = 0u; k < ITERATIONS && !bracket.is_found; k += 1u) {
        let here = advance_by(flow_over(a, b, bracket.at), state);
        narrow(&bracket, k, here.x - threshold, here.y - b * here.x);
    }
    return bracket.at;
}
