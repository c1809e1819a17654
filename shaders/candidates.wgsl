// Which spikes may arrive in a window over a projection, and when each does at a neuron that has a list of its own. Needs types.wgsl,
// delay.wgsl, windows.wgsl, projections.wgsl, synapses.wgsl, and the kernel's `parameters`, `sizes`, `values` and `windows`.

// The spikes that may arrive over any of a projection's synapses, as numbers within their source.
fn candidates(sample: u32, projection: Projection) -> vec2<u32> {
    var earliest = 0u;
    let reach = projection.longest_windows + 1u;
    if (parameters.window > reach) {
        earliest = parameters.window - reach;
    }
    let begin = window_start(sample, projection.source, earliest);
    // What is not known yet of this window is zero.
    let to = max(
        max(begin, window_start(sample, projection.source, parameters.window)),
        window_start(sample, projection.source, parameters.window + 1u),
    );
    return vec2<u32>(begin, to);
}

// When a spike arrives in this window after a delay, or NEVER.
fn when(delay: Delay, spike: Spike) -> f32 {
    if (spike.window + windows_later(delay, spike.time, sizes.window_length) != parameters.window) {
        return NEVER;
    }
    let time = arrival_time(delay, spike.time, sizes.window_length);
    if (delay.carries && time >= parameters.window_end) {
        return NEVER;
    }
    return time;
}

// The same over one synapse.
fn when_over(projection: Projection, synapse: u32, spike: Spike) -> f32 {
    if (projection.is_per_synapse == 0u) {
        return when(shared_delay(projection), spike);
    }
    return when(synaptic_delay(projection, values[projection.delays + synapse], sizes.window_length), spike);
}

// Whether it can arrive at all.
fn may_arrive(projection: Projection, spike: Spike) -> bool {
    return projection.is_per_synapse != 0u || when(shared_delay(projection), spike) != NEVER;
}
