// From the adjoints of arrival times to those of the spikes that arrived, over one projection onto neurons each of which has a list of its
// own. A workgroup takes every so many-th spike that may have arrived in the window, its invocations the spike's synapses: the arrival
// is found in its target's list, and shares are added in a fixed order. What a sequential stage sent itself at once has been delivered
// on the way. Needs types.wgsl, the words for currents, arrival.wgsl, arrival_order.wgsl, windows.wgsl, counters.wgsl, delay.wgsl,
// projections.wgsl, synapses.wgsl, candidates.wgsl and lanes.wgsl.

struct DeliverSynapsesParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Where the population's lists lie among a slot's.
    first_list: u32,
    // Whose arrivals are meant.
    projection: u32,
    // Where the population's shares of arrival-time adjoints lie, and for how many arrivals of a list there is room.
    first_group: u32,
    share_stride: u32,
}

@group(0) @binding(0) var<uniform> parameters: DeliverSynapsesParameters;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, WORKGROUP>;
// The spikes that may have arrived, as numbers within their source.
var<workgroup> range: vec2<u32>;

// The place of an arrival in its neuron's list.
fn place_of(list: u32, wanted: Arrival, neuron: u32) -> u32 {
    let first = arrivals_of(list);
    var low = 0u;
    var high = counters[list_counter(list)];
    while (low < high) {
        let middle = (low + high) / 2u;
        if (comes_later(wanted, arrivals[first + middle], neuron)) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// The adjoints of the times at which a spike arrived over every WORKGROUP-th of its synapses.
fn sum_over(slot: u32, projection: Projection, spike: Spike, origin: u32, lane: u32) -> f32 {
    let first_list = slot * sizes.sample_stride * sizes.n_lists + parameters.first_list;
    let synapses = synapses_of(projection, spike.unit);
    var sum = 0.0;
    for (var synapse = synapses.x + lane; synapse < synapses.y; synapse += WORKGROUP) {
        let time = when_over(projection, synapse, spike);
        if (time == NEVER) {
            continue;
        }
        let neuron = target_of(projection, synapses.x, synapse);
        let arrival = arrival_over(parameters.projection, projection, synapse, neuron, origin, time);
        let place = place_of(first_list + neuron, arrival, neuron);
        sum += adjoints[arrival_adjoint(slot, parameters.first_group + neuron, place, parameters.share_stride)];
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn deliver_synapses(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = group.y;
    let sample = slot * sizes.sample_stride;
    let projection = projection_at(parameters.projection);
    if (lane == 0u) {
        range = candidates(sample, projection);
    }
    let all = workgroupUniformLoad(&range);
    for (var place = all.x + group.x; place < all.y; place += groups.x) {
        let origin = projection.source_base + place;
        let spike = spikes[sample * sizes.spikes_capacity + origin];
        let is_done = projection.is_inner != 0u && spike.window == parameters.window;
        sums[lane] = 0.0;
        if (!is_done && may_arrive(projection, spike)) {
            sums[lane] = sum_over(slot, projection, spike, origin, lane);
        }
        workgroupBarrier();
        for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
            if (lane < half) {
                sums[lane] += sums[lane + half];
            }
            workgroupBarrier();
        }
        if (lane == 0u) {
            adjoints[spike_adjoint(slot, origin)] += sums[0];
        }
    }
}
