// The ceiling of memory: every invocation copies one number. Needs types.wgsl.

struct CopyParameters {
    // Numbers that are worked on.
    n_numbers: u32,
}

@group(0) @binding(0) var<uniform> parameters: CopyParameters;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn copy(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix < parameters.n_numbers) {
        adjoints[ix] = sensitivities[ix];
    }
}
