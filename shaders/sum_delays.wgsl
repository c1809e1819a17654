// The gradient of a projection's one delay: the sum of the adjoints of all arrivals over it, in a fixed
// order. One workgroup is one slot. Needs types.wgsl, the words for currents,
// arrival.wgsl, counters.wgsl, projections.wgsl and lanes.wgsl.

struct SumDelaysParameters {
    // The population's lists of arrivals: the one that its neurons share, or one of each.
    first_list: u32,
    n_lists: u32,
    // Whose delay is meant.
    projection: u32,
    // Where the adjoints of arrival times lie: of a shared list where `deliver` left them.
    first_group: u32,
    // For how many arrivals of a list there is room there.
    share_stride: u32,
}

@group(0) @binding(0) var<uniform> parameters: SumDelaysParameters;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<workgroup> sums: array<f32, WORKGROUP>;

// Of every `step`-th arrival of a list from one on.
fn sum_of(slot: u32, ix: u32, start: u32, step: u32) -> f32 {
    let list = slot * sizes.sample_stride * sizes.n_lists + parameters.first_list + ix;
    let first = arrivals_of(list);
    let n = counters[list_counter(list)];
    var sum = 0.0;
    for (var k = start; k < n; k += step) {
        if (projection_of(arrivals[first + k]) == parameters.projection) {
            sum += adjoints[arrival_adjoint(slot, parameters.first_group + ix, k, parameters.share_stride)];
        }
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn sum_delays(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    var sum = 0.0;
    if (parameters.n_lists == 1u) {
        sum = sum_of(slot, 0u, lane_ix, WORKGROUP);
    } else {
        for (var ix = lane_ix; ix < parameters.n_lists; ix += WORKGROUP) {
            sum += sum_of(slot, ix, 0u, 1u);
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
        gradient[slot * sizes.n_values + projection_at(parameters.projection).delays] += sums[0];
    }
}
