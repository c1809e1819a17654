// The largest voltage of a readout in a sweep: where in this window it lies, and what it moves with. Where V is smooth
// its derivative is that of V at a fixed time; where an arrival turned V down the maximum moves with that arrival
// (`src/cpu/turn.rs` has the formula).
// Needs types.wgsl, counters.wgsl, first_arrival.wgsl, and the kernel's `sizes`, `values`, `arrivals`, `counters` and
// `requested`.

// A maximum lies at an arrival as near as this, in windows: another engine's recording names the same moment to rounding.
const NEAR: f32 = 5e-7;

struct Maximum {
    // Since the start of the window; negative where it does not lie in it.
    time: f32,
    // Which of the list's arrivals it moves with, and what the time of the last of them is worth.
    first: u32,
    end: u32,
    worth: f32,
}

// The largest voltage of the neuron `ix`, which lies at `readout` among all readouts.
fn maximum_of(sample: u32, readout: u32, ix: u32, list: u32) -> Maximum {
    var maximum = Maximum(-1.0, 0u, 0u, 0.0);
    if (sizes.n_shown == 1u + sizes.n_times) {
        return maximum;
    }
    let at = sizes.n_times + (sample * sizes.n_readouts + readout) * MAXIMUM_WORDS;
    if (u32(requested[at]) != parameters.window) {
        return maximum;
    }
    maximum.time = requested[at + 1u];
    var slope = requested[at + 2u];
    let is_end = parameters.window + 1u == sizes.n_windows && maximum.time >= parameters.window_end;
    if (slope <= 0.0 || is_end) {
        return maximum;
    }
    let base = arrivals_of(list);
    let n = counters[list_counter(list)];
    let next = first_arrival(list, maximum.time);
    var time = NEVER;
    if (next < n) {
        time = arrivals[base + next].time;
    }
    if (next > 0u) {
        let before = arrivals[base + next - 1u].time;
        time = select(time, before, maximum.time - before < time - maximum.time);
    }
    let near = NEAR * sizes.window_length;
    if (abs(time - maximum.time) > near) {
        return maximum;
    }
    maximum.time = time;
    maximum.first = first_arrival(list, time);
    maximum.end = maximum.first;
    while (maximum.end < n) {
        let arrival = arrivals[base + maximum.end];
        if (arrival.time > time + near || slope <= 0.0) {
            break;
        }
        let weight = values[arrival.weights + ix];
        maximum.worth = select(-weight, slope, slope + weight <= 0.0);
        maximum.end += 1u;
        slope += weight;
    }
    return maximum;
}

// What the time of one of these arrivals, `k`, over a synapse of this weight, is worth beyond what V at a fixed time says.
fn worth_of(maximum: Maximum, k: u32, weight: f32) -> f32 {
    return select(-weight, maximum.worth, k + 1u == maximum.end);
}
