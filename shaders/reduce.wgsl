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
    var at = ix;
    var left = sizes.n_slots;
    // Eight at once: what one load waits, all of them wait.
    for (; left >= 8u; left -= 8u) {
        let n = sizes.n_values;
        let a = vec4<f32>(gradient[at], gradient[at + n], gradient[at + 2u * n], gradient[at + 3u * n]);
        at += 4u * n;
        let b = vec4<f32>(gradient[at], gradient[at + n], gradient[at + 2u * n], gradient[at + 3u * n]);
        at += 4u * n;
        sum = (((sum + a.x) + a.y) + a.z) + a.w;
        sum = (((sum + b.x) + b.y) + b.z) + b.w;
    }
    for (; left > 0u; left -= 1u) {
        sum += gradient[at];
        at += sizes.n_values;
    }
    if (parameters.is_first_chunk == 0u) {
        sum += totals[ix];
    }
    totals[ix] = sum;
}
