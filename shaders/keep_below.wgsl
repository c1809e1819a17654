// Puts the trained initial potentials of a population back below its thresholds, by a margin: one invocation is one value, below the
// threshold of its neuron, or, where neurons share it, below all of theirs. Needs types.wgsl and void_step.wgsl.

struct KeepBelowParameters {
    // The initial potentials: the first of them, and how many they are.
    first: u32,
    n: u32,
    // The thresholds, and where their margins begin among the limits.
    first_threshold: u32,
    n_thresholds: u32,
    first_limit: u32,
}

@group(0) @binding(0) var<uniform> parameters: KeepBelowParameters;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(19) var<storage, read> limits: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn keep_below(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n || is_void_step()) {
        return;
    }
    let end = select(id.x + 1u, parameters.n_thresholds, parameters.n == 1u);
    var value = values[parameters.first + id.x];
    for (var k = id.x; k < end; k += 1u) {
        value = min(value, values[parameters.first_threshold + k] - limits[parameters.first_limit + k]);
    }
    values[parameters.first + id.x] = value;
}
