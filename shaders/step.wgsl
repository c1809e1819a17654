// What the optimisers share: when a step is taken, and where a value goes. Needs types.wgsl, and the kernel's `counters`, `limits`,
// `norms` and `parameters`.

// Whether nothing may be learnt from a step: a run that had too little room, which the host repeats, or a gradient that is
// not finite.
fn is_void_step() -> bool {
    return counters[OVERFLOW] != 0u || counters[UNFINISHED] != 0u || counters[PAST_BUDGET] != 0u
        || counters[NOT_FINITE] != 0u;
}

// The gradient, scaled down where it is too long.
fn clipped(gradient: f32) -> f32 {
    return gradient * norms[0].y;
}

// Where the value of number `k` of the tensor goes (`src/train/transforms.rs`): against the optimiser's step.
fn stepped(value: f32, k: u32, step: f32) -> f32 {
    let moved = parameters.multiple * step;
    switch parameters.form {
        case LOGARITHM: {
            return value * exp(-moved);
        }
        case FLOORED: {
            return max(value - moved, limits[parameters.first_limit + k]);
        }
        default: {
            return value - moved;
        }
    }
}
