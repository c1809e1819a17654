// When a potential first reaches its threshold from below (`src/dynamics/crossing.rs` says why
// nothing is missed). Needs flow.wgsl.

// Newton or bisection; either ends well before.
const ITERATIONS: u32 = 40u;

// The time in [0, limit], or NEVER. V has one interior extremum at most: with
// q = (I - b V)/(a I), at log1p((b - a) q)/(b - a), a maximum where I > 0.
fn first_crossing(a: f32, b: f32, state: vec2<f32>, threshold: f32, limit: f32) -> f32 {
    let slope = state.y - b * state.x;
    if (state.x >= threshold) {
        // Already there and rising: rounding at the seam of two intervals. A neuron that
        // comes down through its threshold rises to it again only from below.
        if (slope > 0.0) {
            return 0.0;
        }
        return NEVER;
    }
    let end = advance_by(flow_over(a, b, limit), state);
    if (end.x >= threshold) {
        return solve(a, b, state, threshold, limit);
    }
    if (!(state.y > 0.0 && slope > 0.0)) {
        return NEVER;
    }
    // Still rising at the end: no maximum before it. Over many time constants the end decays to the
    // rounding of the start, of which neither the sign nor zero says anything.
    if (end.y - b * end.x > 1e-6 * (state.y + b * abs(state.x))) {
        return NEVER;
    }
    let peak = min(peak_time(a, b, state, slope), limit);
    let top = advance_by(flow_over(a, b, peak), state);
    if (top.x < threshold) {
        return NEVER;
    }
    return solve(a, b, state, threshold, peak);
}

fn peak_time(a: f32, b: f32, state: vec2<f32>, slope: f32) -> f32 {
    let q = slope / (a * state.y);
    let x = (b - a) * q;
    if (abs(x) < 0.1) {
        // log1p(x)/x: log near 1 has only absolute precision.
        return q * (1.0 - x * (0.5 - x * (0.33333334 - x * (0.25 - x * (0.2 - x * 0.16666667)))));
    }
    return log(1.0 + max(x, -0.99999994)) / (b - a);
}

// The root in (0, upper], V below the threshold at 0 and at or above it at `upper`.
fn solve(a: f32, b: f32, state: vec2<f32>, threshold: f32, upper: f32) -> f32 {
    var low = 0.0;
    var high = upper;
    let slope0 = state.y - b * state.x;
    var t = (threshold - state.x) / max(slope0, 1e-30);
    if (!(t > 0.0 && t < upper)) {
        t = 0.5 * upper;
    }
    for (var k = 0u; k < ITERATIONS; k += 1u) {
        let here = advance_by(flow_over(a, b, t), state);
        let miss = here.x - threshold;
        if (miss < 0.0) {
            low = t;
        } else {
            high = t;
        }
        let slope = here.y - b * here.x;
        var next = t - miss / slope;
        if (!(slope > 0.0 && next >= low && next <= high)) {
            next = 0.5 * (low + high);
        }
        let step = abs(next - t);
        t = next;
        if (step <= 1e-7 * t || high - low <= 1e-7 * high) {
            break;
        }
    }
    return t;
}
