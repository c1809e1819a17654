// One step of Adam (Kingma and Ba 2015, algorithm 1) on the device: one invocation is one parameter.
// Needs types.wgsl.

struct AdamParameters {
    // Parameters of the network.
    n_values: u32,
    learning_rate: f32,
    // How much of the means of the gradient and of its square remains.
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    // 1 - beta1^n and 1 - beta2^n at the n-th step: the means start at zero.
    mean_correction: f32,
    square_correction: f32,
}

@group(0) @binding(0) var<uniform> parameters: AdamParameters;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// The batch's gradient, then what the optimiser remembers.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
// 1 for each value that is trained, 0 for the others.
@group(0) @binding(19) var<storage, read> trained: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn adam(@builtin(global_invocation_id) id: vec3<u32>) {
    let ix = id.y * (WORKGROUP * 65535u) + id.x;
    if (ix >= parameters.n_values || trained[ix] == 0.0) {
        return;
    }
    // The gradient of a run that had too little room is void: the host repeats it.
    if (counters[OVERFLOW] != 0u || counters[UNFINISHED] != 0u) {
        return;
    }
    let gradient = totals[ix];
    let mean = parameters.beta1 * totals[parameters.n_values + ix] + (1.0 - parameters.beta1) * gradient;
    let square = parameters.beta2 * totals[2u * parameters.n_values + ix] + (1.0 - parameters.beta2) * gradient * gradient;
    totals[parameters.n_values + ix] = mean;
    totals[2u * parameters.n_values + ix] = square;
    values[ix] -= parameters.learning_rate * (mean / parameters.mean_correction) / (sqrt(square / parameters.square_correction) + parameters.epsilon);
}
