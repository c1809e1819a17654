// The gradient of a projection's one delay: the sum of the adjoints of all arrivals over it, in a fixed
// order. One workgroup is one slot. Needs types.wgsl, the words for currents,
// arrival.wgsl, counters.wgsl and lanes.wgsl.

struct SumDelaysParameters {
    // The list of arrivals: where each neuron has its own, that of the candidates.
    list: u32,
    // Whose delay is meant.
    projection: u32,
    // Where `deliver` left the adjoints of arrival times.
    first_group: u32,
}

@group(0) @binding(0) var<uniform> parameters: SumDelaysParameters;
@group(0) @binding(2) var<storage, read> projections: array<Projection>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn sum_delays(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    let list = slot * sizes.sample_stride * sizes.n_lists + parameters.list;
    let n = counters[list_counter(list)];
    var sum = 0.0;
    for (var k = lane_ix; k < n; k += WORKGROUP) {
        if (projection_of(arrivals[list * sizes.arrivals_capacity + k]) == parameters.projection) {
            sum += adjoints[arrival_adjoint(slot, parameters.first_group, k)];
        }
    }
    sums[lane_ix] = sum;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if (lane_ix < half) {
            sums[lane_ix] += sums[lane_ix + half];
        }
        workgroupBarrier();
    }
    if (lane_ix == 0u) {
        gradient[slot * sizes.n_values + projections[parameters.projection].delays] += sums[0];
    }
}
