// When the potential of a neuron with up to four currents first reaches its threshold from below, in an interval of any length.
// Needs types.wgsl, exponentials.wgsl, currents_several.wgsl, flow_several.wgsl, course.wgsl and extrema.wgsl.

// Intervals of more than this many of the slowest time constant are first cut to where something can still happen.
const LONG: f32 = 10.0;

// Whether V stays below its threshold whatever rounding does: V with its largest currents held on does.
fn stays_below(a: vec4<f32>, b: f32, state: Pair, threshold: f32, length: f32) -> bool {
    let most = max(state.y, state.y + state.y * fall_over(a, length));
    let decay = expm1(-b * length);
    let end = state.x + (state.x - total(most) / b) * decay;
    let rounding = 1e-6 * (abs(state.x) - total(abs(most)) / b * decay);
    return max(end, state.x) + rounding < threshold;
}

// A time that no crossing comes after, below zero where there is none at all: with s the slowest rate
// |V| <= (|V(0)| + sum of 2 |I|/s) exp(-s t/2), and the threshold is not at rest.
fn last_time(slowest: f32, b: f32, state: Pair, threshold: f32) -> f32 {
    let size = abs(state.x) + 2.0 * total(abs(state.y)) / slowest;
    return 2.0 / slowest * log(max(size, 1e-30) / abs(threshold)) * 1.000001 + 1e-6 / b;
}

// The time in [0, limit], or NEVER; past the limit by no more than `resolution` where V goes on rising to the threshold.
fn first_crossing(a: vec4<f32>, b: f32, state: Pair, threshold: f32, limit: f32, resolution: f32) -> f32 {
    // Already there and rising: rounding at the seam of two intervals.
    if (state.x >= threshold && total(state.y) - b * state.x > 0.0) {
        return 0.0;
    }
    if (stays_below(a, b, state, threshold, limit + resolution)) {
        return NEVER;
    }
    let slowest = slowest_rate(a, b, state);
    var until = limit;
    if (threshold != 0.0 && limit * slowest > LONG) {
        until = min(limit, last_time(slowest, b, state, threshold));
        if (!(until > 0.0)) {
            return NEVER;
        }
    }
    // A threshold at rest, to which everything decays, is reached where the sum without the slowest decay is zero.
    let course = course_of(a, b, state, threshold, select(0.0, slowest, threshold == 0.0));
    var turns = extrema(course, until);
    var start = 0.0;
    var above = state.x - threshold;
    for (var k = 0u; k <= turns.n; k += 1u) {
        var end = until;
        if (k < turns.n) {
            end = turns.at[k];
        }
        let there = look(course, end).x;
        if (there >= 0.0 && above < 0.0) {
            return rising_root(course, start, end);
        }
        // A dip from the threshold that is below rounding: it rises from there.
        if (above >= 0.0 && there > above) {
            return start;
        }
        start = end;
        above = there;
    }
    let slope = look(course, until).y;
    if (until == limit && above < 0.0 && slope > 0.0 && -above <= slope * resolution) {
        return limit - above / slope;
    }
    return NEVER;
}
