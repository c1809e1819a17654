// The gradient of the batch: that of every slot, added in the order of slots to what chunks before have
// brought. One invocation is one parameter. Needs types.wgsl.

struct ReduceParameters {
    // Whether no chunk of the batch came before.
    is_first_chunk: u32,
}

@group(0) @binding(0) var<uniform> parameters: ReduceParameters;
@group(0) @binding(13) var<storage, read> gradient: array<f32>;
// The batch's gradient, then what the optimiser remembers.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn reduce(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix >= sizes.n_values) {
        return;
    }
    var sum = 0.0;
    for (var slot = 0u; slot < sizes.n_slots; slot += 1u) {
        sum += gradient[slot * sizes.n_values + ix];
    }
    if (parameters.is_first_chunk == 0u) {
        sum += totals[ix];
    }
    totals[ix] = sum;
}
