// The ceiling of memory: every invocation copies one number. Needs types.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn copy(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix < step.n_values) {
        adjoints[ix] = sensitivities[ix];
    }
}
