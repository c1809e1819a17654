// The ceiling of memory: every invocation copies 16 numbers, neighbours side by side, as workgroups of which each
// copies less are bound by how fast a device begins workgroups. Needs types.wgsl.

const COPIES: u32 = 16u;

struct CopyParameters {
    // Numbers that are worked on: a multiple of what a workgroup copies.
    n_numbers: u32,
}

@group(0) @binding(0) var<uniform> parameters: CopyParameters;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(15) var<storage, read> sensitivities: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn copy(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let first = (group.y * 65535u + group.x) * COPIES * WORKGROUP + lane;
    if (first >= parameters.n_numbers) {
        return;
    }
    for (var k = 0u; k < COPIES; k += 4u) {
        let at = first + k * WORKGROUP;
        let a = sensitivities[at];
        let b = sensitivities[at + WORKGROUP];
        let c = sensitivities[at + 2u * WORKGROUP];
        let d = sensitivities[at + 3u * WORKGROUP];
        adjoints[at] = a;
        adjoints[at + WORKGROUP] = b;
        adjoints[at + 2u * WORKGROUP] = c;
        adjoints[at + 3u * WORKGROUP] = d;
    }
}
