// A bracket of a root, made narrower by steps of Newton's where they help and by halvings where they do not. Needs types.wgsl.

// Steps of Newton's that need not shrink the bracket much: where they lead to the root, so many do.
const FREE: u32 = 8u;
// After those any two steps halve how many numbers a bracket holds, which is below 2^31: then the root is found.
const ITERATIONS: u32 = 72u;

struct Bracket {
    // Below the threshold at `low`, at or above it at `high`.
    low: f32,
    high: f32,
    // Where to look next; in the end the root.
    at: f32,
    // How many numbers it held a step before.
    width: u32,
    is_found: bool,
}

fn bracket_of(low: f32, high: f32, at: f32) -> Bracket {
    return Bracket(low, high, at, NONE, false);
}

// Step number k, which has found V less the threshold and dV/dt at `at`.
fn narrow(bracket: ptr<function, Bracket>, k: u32, miss: f32, slope: f32) {
    let t = (*bracket).at;
    if (miss < 0.0) {
        (*bracket).low = t;
    } else {
        (*bracket).high = t;
    }
    let low = (*bracket).low;
    let high = (*bracket).high;
    var next = t - miss / slope;
    if (!(slope > 0.0 && next >= low && next <= high)) {
        next = 0.5 * (low + high);
    }
    // Numbers above zero lie in the order of their bits, so that this halving ends however near to zero the root is.
    let left = bitcast<u32>(high) - bitcast<u32>(low);
    let is_near = abs(next - t) <= 1e-7 * t;
    if (k >= FREE && left > (*bracket).width / 2u && !is_near) {
        next = bitcast<f32>(bitcast<u32>(low) + left / 2u);
    }
    (*bracket).width = left;
    (*bracket).at = next;
    (*bracket).is_found = is_near || left <= 1u;
}
