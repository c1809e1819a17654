// The arrivals at a population each of whose neurons has a list of its own, in any order; `sort_lists` puts them in order. A workgroup
// takes every so many-th spike that may arrive in the window, its invocations the spike's synapses. Needs types.wgsl, arrival.wgsl,
// windows.wgsl, counters.wgsl, delay.wgsl, projections.wgsl, synapses.wgsl and candidates.wgsl.

struct GatherSynapsesParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // The projections onto the population.
    first_projection: u32,
    n_projections: u32,
    // Where its lists lie among a slot's.
    first_list: u32,
}

@group(0) @binding(0) var<uniform> parameters: GatherSynapsesParameters;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read_write> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Appends what a spike sends over a projection to the lists of its targets.
fn send(slot: u32, ix: u32, projection: Projection, place: u32, lane: u32) {
    let origin = projection.source_base + place;
    let spike = spikes[slot * sizes.sample_stride * sizes.spikes_capacity + origin];
    if (!may_arrive(projection, spike)) {
        return;
    }
    let synapses = synapses_of(projection, spike.unit);
    for (var synapse = synapses.x + lane; synapse < synapses.y; synapse += WORKGROUP) {
        let time = when_over(projection, synapse, spike);
        if (time == NEVER) {
            continue;
        }
        let neuron = target_of(projection, synapses.x, synapse);
        let list = slot * sizes.n_lists + parameters.first_list + neuron;
        let at = atomicAdd(&counters[list_counter(list)], 1u);
        // How many more there were `sort_lists` tells.
        if (at < sizes.own_capacity) {
            arrivals[arrivals_of(list) + at] = arrival_over(ix, projection, synapse, neuron, origin, time);
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn gather_synapses(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = group.y;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let ix = parameters.first_projection + p;
        let projection = projection_at(ix);
        let range = candidates(slot * sizes.sample_stride, projection);
        for (var place = range.x + group.x; place < range.y; place += groups.x) {
            send(slot, ix, projection, place, lane);
        }
    }
}
