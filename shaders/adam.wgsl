// One step of Adam (Kingma and Ba 2015, algorithm 1) on the device: one invocation is one parameter of a tensor.
// Needs types.wgsl, void_step.wgsl and step.wgsl.

struct AdamParameters {
    // The tensor: its first parameter, how many it has, and how many the network has.
    first: u32,
    n: u32,
    n_values: u32,
    // By what the step is multiplied, in which form it is taken, and where the tensor's floors begin among the limits.
    multiple: f32,
    form: u32,
    first_limit: u32,
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
// Floors of trained values, and margins by which initial potentials stay below thresholds.
@group(0) @binding(19) var<storage, read> limits: array<f32>;
// The norm of the gradient, and by what it is scaled down; then the parts of the norm.
@group(0) @binding(39) var<storage, read> norms: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn adam(@builtin(global_invocation_id) id: vec3<u32>) {
    let k = id.y * (WORKGROUP * 65535u) + id.x;
    if (k >= parameters.n || is_void_step()) {
        return;
    }
    let ix = parameters.first + k;
    let gradient = clipped(totals[ix]);
    let mean = parameters.beta1 * totals[parameters.n_values + ix] + (1.0 - parameters.beta1) * gradient;
    let square = parameters.beta2 * totals[2u * parameters.n_values + ix] + (1.0 - parameters.beta2) * gradient * gradient;
    totals[parameters.n_values + ix] = mean;
    totals[2u * parameters.n_values + ix] = square;
    let step = parameters.learning_rate * (mean / parameters.mean_correction) / (sqrt(square / parameters.square_correction) + parameters.epsilon);
    values[ix] = stepped(values[ix], k, step);
}
