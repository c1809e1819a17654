// From the adjoints of arrival times to those of the spikes that arrived, over one projection onto neurons that share a list: a
// spike arrives over it once in a window or not at all, so no two invocations write the same. What a sequential
// stage sent itself at once has been delivered on the way.
// Needs types.wgsl, the words for currents, arrival.wgsl, counters.wgsl, projections.wgsl and lanes.wgsl.

struct DeliverParameters {
    // The window.
    window: u32,
    // The list of arrivals.
    list: u32,
    // Whose arrivals are meant.
    projection: u32,
    // Where the population's shares of arrival-time adjoints lie, how many there are of each, and for how many arrivals there is room.
    first_group: u32,
    n_shares: u32,
    share_stride: u32,
}

@group(0) @binding(0) var<uniform> parameters: DeliverParameters;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn deliver(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = id.y;
    if (slot >= sizes.n_slots) {
        return;
    }
    let sample = slot * sizes.sample_stride;
    let list = sample * sizes.n_lists + parameters.list;
    let n = counters[list_counter(list)];
    let first = arrivals_of(list);
    for (var place = id.x; place < n; place += groups.x * WORKGROUP) {
        let arrival = arrivals[first + place];
        if (projection_of(arrival) != parameters.projection) {
            continue;
        }
        var sum = 0.0;
        for (var group = 0u; group < parameters.n_shares; group += 1u) {
            sum += adjoints[arrival_adjoint(slot, parameters.first_group + group, place, parameters.share_stride)];
        }
        // `sum_delays` finds it there.
        adjoints[arrival_adjoint(slot, parameters.first_group, place, parameters.share_stride)] = sum;
        let spike = spikes[sample * sizes.spikes_capacity + arrival.origin];
        let is_done = projection_at(parameters.projection).is_inner != 0u && spike.window == parameters.window;
        if (!is_done) {
            adjoints[spike_adjoint(slot, arrival.origin)] += sum;
        }
    }
}
