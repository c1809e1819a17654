// The Euclidean norm of a gradient from its parts, and by what the gradient is scaled down where it is longer than it may be
// (Pascanu, Mikolov and Bengio 2013, algorithm 1). One workgroup. Needs types.wgsl and norm.wgsl.

struct GradientNormParameters {
    // How many parts there are: they begin at 1.
    n_parts: u32,
    // The longest that it may be; NEVER where there is no such thing.
    most: f32,
}

@group(0) @binding(0) var<uniform> parameters: GradientNormParameters;
// The norm, and by what the gradient is scaled down; then its parts.
@group(0) @binding(39) var<storage, read_write> norms: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn gradient_norm(@builtin(local_invocation_index) lane_ix: u32) {
    var own = vec2<f32>();
    for (var part = lane_ix; part < parameters.n_parts; part += WORKGROUP) {
        own = norm_plus(own, norms[1u + part]);
    }
    let sum = norm_of_lanes(lane_ix, own);
    if (lane_ix == 0u) {
        // Relative to the largest it cannot overflow, whatever the largest is.
        let relative = sqrt(sum.y);
        let is_long = sum.x > parameters.most / max(relative, 1.0);
        norms[0] = vec2<f32>(sum.x * relative, select(1.0, parameters.most / sum.x / relative, is_long));
    }
}
