// The ceiling of arithmetic: every invocation takes eight chains of four multiply-adds through `events`
// turns, independent so that none waits for another. Needs types.wgsl.

struct MultiplyAddParameters {
    // Numbers that are worked on, turns of each, and what they are multiplied by.
    n_numbers: u32,
    n_turns: u32,
    factor: f32,
}

@group(0) @binding(0) var<uniform> parameters: MultiplyAddParameters;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix >= parameters.n_numbers) {
        return;
    }
    let a = vec4<f32>(adjoints[ix]);
    let b = vec4<f32>(parameters.factor);
    var x0 = a;
    var x1 = a + 1.0;
    var x2 = a + 2.0;
    var x3 = a + 3.0;
    var x4 = a + 4.0;
    var x5 = a + 5.0;
    var x6 = a + 6.0;
    var x7 = a + 7.0;
    for (var k = 0u; k < parameters.n_turns; k += 1u) {
        x0 = fma(x0, b, a);
        x1 = fma(x1, b, a);
        x2 = fma(x2, b, a);
        x3 = fma(x3, b, a);
        x4 = fma(x4, b, a);
        x5 = fma(x5, b, a);
        x6 = fma(x6, b, a);
        x7 = fma(x7, b, a);
    }
    // Every chain counts, so that none is left out.
    let sum = ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
    adjoints[ix] = sum.x + sum.y + sum.z + sum.w;
}
