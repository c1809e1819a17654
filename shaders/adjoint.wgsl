// A spiking population backward through a window, its neurons' own events between arrivals.
// Needs types.wgsl, arrival.wgsl, arrival_back.wgsl, counters.wgsl, jump.wgsl, slope.wgsl, exponentials.wgsl, propagate.wgsl, hold.wgsl,
// lanes.wgsl, own_events.wgsl, origins.wgsl, sweep.wgsl, and of one current or several the words for them,
// the flow and what goes back from arrival to arrival.

struct AdjointParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether it is the first dispatch over this window.
    is_first_pass: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // The population: its first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
    // Whether each of its neurons has a list of its own.
    has_own_lists: u32,
    // Whether the adjoints of arrival times are asked for, and those of delays.
    needs_arrival_times: u32,
    needs_delays: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
    // Whether `intervals` has what its neurons share.
    has_intervals: u32,
}

@group(0) @binding(0) var<uniform> parameters: AdjointParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

fn begin(slot: u32, unit: u32, lane: ptr<function, Lane>) {
}

fn back_over(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, n: u32) {
    if (parameters.has_intervals == 0u) {
        one_by_one(slot, neuron, ix, lane, left, n);
    } else {
        back_over_intervals(slot, neuron, ix, lane, left, n);
    }
}

fn back_through_turn(slot: u32, ix: u32, arrival: Arrival, place: u32) -> f32 {
    return 0.0;
}

// Back to a time, through the neuron's own events after it: one at the same time came before.
fn walk_back(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, to: f32, is_end: bool) {
    loop {
        let event = own_event(slot, neuron, *lane);
        if (event.kind == NO_EVENT || event.time <= to) {
            break;
        }
        flow_back(neuron, lane, event.time);
        if (event.kind == RELEASED) {
            back_through_release(slot, lane);
        } else {
            back_through_spike(slot, neuron, lane);
        }
    }
    flow_back(neuron, lane, to);
}

@compute @workgroup_size(WORKGROUP)
fn adjoint(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    sweep(lane_ix, group.xy);
}
