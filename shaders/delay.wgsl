// In which window a spike arrives, and when in it. The answer is a function of the spike and
// the delay alone, so no arrival is lost or doubled between windows. Needs types.wgsl.

struct Delay {
    whole_windows: u32,
    remainder: f32,
    // Whether what passes the window's end arrives in the next.
    carries: bool,
}

fn shared_delay(projection: Projection) -> Delay {
    // Within a sequential stage a spike without delay acts at once, at a window's end too.
    let is_instant = projection.is_inner != 0u && projection.whole_windows == 0u && projection.remainder == 0.0;
    return Delay(projection.whole_windows, projection.remainder, !is_instant);
}

fn synaptic_delay(projection: Projection, delay: f32, window_length: f32) -> Delay {
    if (projection.is_inner != 0u && delay == 0.0) {
        return Delay(0u, 0.0, false);
    }
    let whole = max(u32(delay / window_length), projection.least_windows);
    let remainder = clamp(delay - f32(whole) * window_length, 0.0, window_length);
    return Delay(whole, remainder, true);
}

// How many windows after its own a spike arrives.
fn windows_later(delay: Delay, time: f32, window_length: f32) -> u32 {
    let is_carried = delay.carries && time + delay.remainder >= window_length;
    return delay.whole_windows + u32(is_carried);
}

// When it arrives, since the start of the window in which it does.
fn arrival_time(delay: Delay, time: f32, window_length: f32) -> f32 {
    let sum = time + delay.remainder;
    if (delay.carries && sum >= window_length) {
        return sum - window_length;
    }
    return sum;
}
