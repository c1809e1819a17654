// What the optimisers share: where a value goes. Needs types.wgsl, and the kernel's `limits`, `norms` and `parameters`.

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
