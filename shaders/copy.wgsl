// The ceiling of memory: every invocation copies four times four numbers, neighbours side by side, as workgroups of which each
// copies less are bound by how fast a device begins workgroups. Needs types.wgsl.

struct CopyParameters {
    // Fours of numbers that are worked on: a multiple of four workgroups.
    n_fours: u32,
}

@group(0) @binding(0) var<uniform> parameters: CopyParameters;
@group(0) @binding(12) var<storage, read_write> adjoints: array<vec4<f32>>;
@group(0) @binding(15) var<storage, read> sensitivities: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn copy(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let first = (group.y * 65535u + group.x) * 4u * WORKGROUP + lane;
    if (first >= parameters.n_fours) {
        return;
    }
    let a = sensitivities[first];
    let b = sensitivities[first + WORKGROUP];
    let c = sensitivities[first + 2u * WORKGROUP];
    let d = sensitivities[first + 3u * WORKGROUP];
    adjoints[first] = a;
    adjoints[first + WORKGROUP] = b;
    adjoints[first + 2u * WORKGROUP] = c;
    adjoints[first + 3u * WORKGROUP] = d;
}
