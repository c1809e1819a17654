// The gradient of a projection's one delay: the sum of the adjoints of all arrivals over it, in a fixed
// order. One workgroup is one slot. Needs types.wgsl, counters.wgsl and lanes.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> projections: array<Projection>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn sum_delays(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    var list = slot * step.sample_step * step.n_lists + step.first_list;
    if (step.is_per_synapse != 0u) {
        list += step.size;
    }
    let n = counters[list_counter(list)];
    var sum = 0.0;
    for (var k = lane_ix; k < n; k += WORKGROUP) {
        if (arrivals[list * step.arrivals_capacity + k].projection == step.projection) {
            sum += adjoints[arrival_adjoint(slot, step.first_group, k)];
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
        gradient[slot * step.n_values + projections[step.projection].delays] += sums[0];
    }
}
