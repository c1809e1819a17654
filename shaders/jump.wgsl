// What events do to a neuron, and to derivatives carried forward and transposed: `src/dynamics/jump.rs` in f32, with the
// same names (Lee, Haghighatshoar and Karbasi 2023, section 4; Wunderlich and Pehle 2021). Potentials are measured from
// rest; a and b are the rates of synapse and membrane, p the parameter of a column, (v, i) = (dV/dp, dI/dp) at
// fixed time, g = d(spike time)/dp, (lv, li) = (dL/dV, dL/dI), ell = dL/d(spike time).
//
//   arrival, weight w    I += w
//                        v -= w g                          i += a w g   (+1 if p is w)
//     transposed         dL/d(arrival time) += w (a li - lv)            dL/dw += li
//   spike                g = ([p is the threshold] - v) / rate          rate = dV/dt at the spike
//     reset: V -= c      v -= b c g                        (-1 more if p is the threshold)
//     reset: V held      v = 0 until the release
//     transposed         ell -= b c lv,  dL/dthreshold -= lv   where c is subtracted; lv = 0 where V is held
//                        lv -= ell/rate, dL/dthreshold += ell/rate
//   release              V = reset potential
//                        v = -rate' g                      rate' = dV/dt just after it
//     transposed         ell -= rate' lv                   lv = 0

// What a reset does to V: takes the threshold off; sets it, and releases it at once; holds it until a release.
const SUBTRACTS: u32 = 0u;
const RELEASES: u32 = 1u;
const HOLDS: u32 = 2u;

// Which of them a refractory time says, as `Neuron` has it.
fn reset_rule(refractory: f32) -> u32 {
    if (refractory < 0.0) {
        return SUBTRACTS;
    }
    return select(HOLDS, RELEASES, refractory == 0.0);
}

// dV/dt.
fn rate_of(membrane_rate: f32, potential: f32, current: f32) -> f32 {
    return current - membrane_rate * potential;
}

// V after a spike at a threshold, from which the reset takes an amount or sets V; where it is held from the release on.
fn potential_after_spike(rule: u32, threshold: f32, amount: f32, reset_potential: f32) -> f32 {
    return select(reset_potential, threshold - amount, rule == SUBTRACTS);
}

// What an arrival's time, of which the derivative is g, does to (v, i); `heavier` is by how much p moves the weight, 1 if p is the weight.
// The potential of a neuron that is held has no sensitivity.
fn arrival_forward(
    weight: f32, synapse_rate: f32, g: f32, heavier: f32, is_held: bool, state: vec2<f32>,
) -> vec2<f32> {
    let moved = weight * g;
    let potential = select(state.x - moved, state.x, is_held);
    return vec2<f32>(potential, state.y + (synapse_rate * moved + heavier));
}

// dL/d(arrival time), given (lv, li) after the arrival. dL/d(weight) is li itself.
fn arrival_transposed(weight: f32, synapse_rate: f32, adjoint: vec2<f32>) -> f32 {
    return weight * (synapse_rate * adjoint.y - adjoint.x);
}

// A spike and its reset: g = ([p is the threshold] - v) / slope, and then
// v = keep v + by_time g + by_threshold [p is the threshold].
struct SpikeJump {
    // dV/dt at the spike, bounded from below.
    slope: f32,
    // How much of v stays: 1 where the reset subtracts, else 0.
    keep: f32,
    by_time: f32,
    by_threshold: f32,
}

// `release_slope` is dV/dt just after the spike where V is released at once.
fn spike_jump(rule: u32, membrane_rate: f32, amount: f32, slope: f32, release_slope: f32) -> SpikeJump {
    if (rule == SUBTRACTS) {
        return SpikeJump(slope, 1.0, -membrane_rate * amount, -1.0);
    }
    return SpikeJump(slope, 0.0, select(0.0, release_derivative(release_slope), rule == RELEASES), 0.0);
}

// g, given v before the spike and whether p is this threshold (1 or 0).
fn spike_time(jump: SpikeJump, potential: f32, is_threshold: f32) -> f32 {
    return (is_threshold - potential) / jump.slope;
}

// v after the reset.
fn spike_forward(jump: SpikeJump, potential: f32, g: f32, is_threshold: f32) -> f32 {
    return jump.keep * potential + (jump.by_time * g + jump.by_threshold * is_threshold);
}

struct SpikeAdjoint {
    // lv before the spike.
    potential: f32,
    // ell, with what the reset adds to it.
    ell: f32,
    // What the spike adds to dL/dthreshold.
    threshold: f32,
}

// Takes lv, after the reset, and ell back before the spike.
fn spike_transposed(jump: SpikeJump, potential: f32, ell: f32) -> SpikeAdjoint {
    let moved = ell + jump.by_time * potential;
    let kick = moved / jump.slope;
    return SpikeAdjoint(jump.keep * potential - kick, moved, jump.by_threshold * potential + kick);
}

// What g makes of v at the release after the spike: v = this times g. Transposed: this times lv is added to ell, and lv
// is zero before the release.
fn release_derivative(release_slope: f32) -> f32 {
    return -release_slope;
}
