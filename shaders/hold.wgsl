// When the hold after a spike ends: in which window, and when in it. A function of the spike and the
// neuron alone, so that every sweep meets a release exactly once. Needs types.wgsl, and the kernel's `sizes`.

struct Release {
    window: u32,
    time: f32,
}

fn release_of(neuron: Neuron, spike: Spike) -> Release {
    let sum = spike.time + neuron.refractory;
    let whole = u32(min(sum / sizes.window_length, 4e6));
    let time = clamp(sum - f32(whole) * sizes.window_length, 0.0, sizes.window_length);
    return Release(spike.window + whole, time);
}
