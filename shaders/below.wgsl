// From arrival to arrival while a neuron certainly stays below its threshold: three multiply-adds for its state, three and
// a comparison for that, one load for the interval and one from workgroup memory for the weight, no exponential.
// Needs types.wgsl, state.wgsl, moments.wgsl, currents_one.wgsl, flow.wgsl, propagate.wgsl, crossing.wgsl, intervals.wgsl,
// loaded_weights.wgsl, and the kernel's `arrivals`, `sizes` and `parameters.window_end`.

// More than rounding can add to V, of the threshold and of what V decays from.
const BELOW_MARGIN: f32 = 6e-5;

// Whether `first_crossing` certainly finds none, given the states at the start and the end of an interval, for a threshold
// above rest. With m = exp(-b t) - 1 over the interval:
//   I >= 0   V exp(b t) does not fall, so within the interval V <= max(V at the end, 0) / (1 + m), an interior maximum
//            included: below the threshold if the end is below threshold (1 + m).
//   I < 0    V has no interior maximum, and is below the threshold after a start there if it is at the end; from above it
//            falls, which is no crossing.
// After the end V rises by at most I times the resolution, and where V is below zero by b |V| times it: a resolution of less
// than the margin of 1/b is presumed.
// Rounding: the terms of V at any time of the interval are below the threshold and |V at the start| by a factor of ten at
// most, and off by a few units of the last place of 1; the margin is ten times that.
fn is_below(threshold: f32, resolution: f32, membrane: f32, start: vec2<f32>, end: f32) -> bool {
    let bar = threshold + (threshold * membrane - BELOW_MARGIN * (threshold + abs(start.x)));
    return end + max(start.y, 0.0) * resolution < bar;
}

// Takes a neuron that stands at an arrival, or at the window's start, through so many of the next ones at most, for as long
// as it stays below; the answer is through how many. It computes what the way from event to event does, to the last bit.
fn advance_below(
    slot: u32, neuron: Neuron, n_arrivals: u32, ix: u32, threshold: f32, most: u32, state: ptr<function, State>,
) -> u32 {
    let first = arrivals_in(slot, neuron.list);
    var cursor = (*state).cursor;
    var here = vec2<f32>((*state).potential, (*state).current);
    var stands_at = 0.0;
    if (cursor > 0u) {
        stands_at = arrivals[first + cursor - 1u].time;
    }
    // That of no arrival of the window is larger.
    let resolution = resolution_at(parameters.window_end);
    // Held neurons, those just after a spike, thresholds at rest or below it, and windows of very many time constants.
    if ((*state).release != NEVER || (*state).time != stands_at || !(threshold > 0.0)
        || neuron.membrane_rate * resolution > BELOW_MARGIN) {
        return 0u;
    }
    let end = min(cursor + most, n_arrivals + 1u);
    while (cursor < end) {
        let interval = interval_of(slot, cursor);
        let there = advance_by(interval.flow, here);
        if (!is_below(threshold, resolution, interval.flow.membrane, here, there.x)) {
            break;
        }
        here = there;
        if (cursor < n_arrivals) {
            here.y += loaded[cursor % BATCH * WORKGROUP + ix % WORKGROUP];
        }
        cursor += 1u;
    }
    let n_met = cursor - (*state).cursor;
    if (n_met == 0u) {
        return 0u;
    }
    (*state).potential = here.x;
    (*state).current = here.y;
    if (cursor > n_arrivals) {
        (*state).time = parameters.window_end;
        (*state).cursor = NONE;
    } else {
        (*state).time = arrivals[first + cursor - 1u].time;
        (*state).cursor = cursor;
    }
    return n_met;
}

@group(0) @binding(38) var<storage, read> intervals: array<vec4<u32>>;
