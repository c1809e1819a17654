// One step of gradient descent with momentum on the device: u <- mu u + g, x <- x - rate u.
// One invocation is one parameter of a tensor. Needs types.wgsl, void_step.wgsl and step.wgsl.

struct SgdParameters {
    // The tensor: its first parameter, how many it has, and how many the network has.
    first: u32,
    n: u32,
    n_values: u32,
    // By what the step is multiplied, in which form it is taken, and where the tensor's floors begin among the limits.
    multiple: f32,
    form: u32,
    first_limit: u32,
    learning_rate: f32,
    // mu.
    momentum: f32,
}

@group(0) @binding(0) var<uniform> parameters: SgdParameters;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// The batch's gradient, then what the optimiser remembers.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
// Floors of trained values, and margins by which initial potentials stay below thresholds.
@group(0) @binding(19) var<storage, read> limits: array<f32>;
// The norm of the gradient, and by what it is scaled down; then the parts of the norm.
@group(0) @binding(39) var<storage, read> norms: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>) {
    let k = id.y * (WORKGROUP * 65535u) + id.x;
    if (k >= parameters.n || is_void_step()) {
        return;
    }
    let ix = parameters.first + k;
    let velocity = parameters.momentum * totals[parameters.n_values + ix] + clipped(totals[ix]);
    totals[parameters.n_values + ix] = velocity;
    values[ix] = stepped(values[ix], k, parameters.learning_rate * velocity);
}
