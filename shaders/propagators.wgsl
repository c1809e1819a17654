// The flow over the interval before each arrival of a list, for a population whose neurons share their time constants, and
// where sensitivities are carried the frame that it ends in: computed once for all of them. An invocation takes every so many-th
// arrival; one more is the window's end. Needs types.wgsl, counters.wgsl, exponentials.wgsl, currents_one.wgsl, flow.wgsl,
// intervals.wgsl and frames.wgsl.

struct PropagatorsParameters {
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // The population's first neuron among those of the network.
    first_unit: u32,
    // How long a frame lasts, and one over it; 0 where none is asked for.
    frame_length: f32,
    frame_rate: f32,
}

@group(0) @binding(0) var<uniform> parameters: PropagatorsParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(38) var<storage, read_write> intervals: array<vec4<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// When the frame starts in which a time lies.
fn frame_start(time: f32) -> f32 {
    return floor(time * parameters.frame_rate) * parameters.frame_length;
}

// Writes the frame at the end of an interval.
fn write_frame(at: u32, neuron: Neuron, gain: f32, start: f32, end: f32, is_window_end: bool) {
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let before = frame_start(start);
    let here = select(frame_start(end), end, is_window_end);
    let since = end - here;
    let moved = here - before;
    let carried = exp(b * since) * gain * exp(-a * (start - before));
    intervals[at] = bitcast<vec4<u32>>(vec4<f32>(carried, a * exp(a * since), exp((b - a) * since) / a, here));
    intervals[at + 1u] =
        bitcast<vec4<u32>>(vec4<f32>(exp(-b * moved), exp(-a * moved), f32(here != before), 0.0));
}

@compute @workgroup_size(WORKGROUP)
fn propagators(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let sample = id.y;
    if (sample >= sizes.n_slots) {
        return;
    }
    let neuron = neurons[parameters.first_unit];
    let list = sample * sizes.n_lists + neuron.list;
    let n = counters[list_counter(list)];
    let first = arrivals_in(sample, neuron.list);
    for (var place = id.x; place <= n; place += groups.x * WORKGROUP) {
        var start = 0.0;
        if (place > 0u) {
            start = arrivals[first + place - 1u].time;
        }
        var end = parameters.window_end;
        var weights = 0u;
        if (place < n) {
            end = arrivals[first + place].time;
            weights = arrivals[first + place].weights;
        }
        // As a kernel computes it that takes each neuron on its own: the numbers are the same to the last bit.
        let flow = flow_over(rates_of(neuron), neuron.membrane_rate, max(end - start, 0.0));
        intervals[interval_at(sample, place)] =
            vec4<u32>(bitcast<u32>(flow.membrane), bitcast<u32>(flow.synapse), bitcast<u32>(flow.gain), weights);
        if (parameters.frame_length > 0.0) {
            write_frame(frame_at(sample, place), neuron, flow.gain, start, end, place == n);
        }
    }
}
