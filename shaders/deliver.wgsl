// From the adjoints of arrival times to those of the spikes that arrived, over one projection: a spike arrives
// over it once in a window or not at all, so no two invocations write the same. What a sequential
// stage sent itself at once has been delivered on the way.
// Needs types.wgsl, counters.wgsl and lanes.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> projections: array<Projection>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn deliver(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    let sample = slot * step.sample_step;
    // The list, or where each neuron has its own the list of candidates.
    var list = sample * step.n_lists + step.first_list;
    if (step.is_per_synapse != 0u) {
        list += step.size;
    }
    if (slot >= step.n_slots || id.x >= counters[list_counter(list)]) {
        return;
    }
    let arrival = arrivals[list * step.arrivals_capacity + id.x];
    if (arrival.projection != step.projection) {
        return;
    }
    var sum = 0.0;
    for (var group = 0u; group < step.n_shares; group += 1u) {
        sum += adjoints[arrival_adjoint(slot, step.first_group + group, id.x)];
    }
    // `sum_delays` finds it there.
    adjoints[arrival_adjoint(slot, step.first_group, id.x)] = sum;
    let spike = spikes[sample * step.stretch + arrival.origin];
    let is_done = projections[step.projection].is_inner != 0u && spike.window == step.window;
    if (!is_done) {
        adjoints[spike_adjoint(slot, arrival.origin)] += sum;
    }
}
