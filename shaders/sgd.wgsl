// One step of gradient descent with momentum on the device: u <- mu u + g, x <- x - rate u.
// One invocation is one parameter. Needs types.wgsl.

struct SgdParameters {
    // Parameters of the network.
    n_values: u32,
    learning_rate: f32,
    // mu.
    momentum: f32,
}

@group(0) @binding(0) var<uniform> parameters: SgdParameters;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// The batch's gradient, then what the optimiser remembers.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
// 1 for each value that is trained, 0 for the others.
@group(0) @binding(19) var<storage, read> trained: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix >= parameters.n_values || trained[ix] == 0.0) {
        return;
    }
    // The gradient of a run that had too little room is void: the host repeats it.
    if (counters[OVERFLOW] != 0u || counters[UNFINISHED] != 0u) {
        return;
    }
    let velocity = parameters.momentum * totals[parameters.n_values + ix] + totals[ix];
    totals[parameters.n_values + ix] = velocity;
    values[ix] -= parameters.learning_rate * velocity;
}
