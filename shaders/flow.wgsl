// The linear flow between events:
//   dV/dt = -b V + I,  dI/dt = -a I   (V above rest).

struct Flow {
    // exp(-b t) - 1 and exp(-a t) - 1: small numbers keep their digits over short intervals.
    membrane: f32,
    synapse: f32,
    // (exp(-a t) - exp(-b t)) / (b - a), t exp(-b t) where the rates are equal; in ms.
    gain: f32,
}

// exp(x) - 1. The built-in exp may be off by several units in the last place of 1, which
// hundreds of short intervals would add up.
fn expm1(x: f32) -> f32 {
    if (abs(x) > 0.5) {
        return exp(x) - 1.0;
    }
    return x * expm1_over_x(x);
}

// (exp(x) - 1) / x for |x| <= 0.5; the tenth term is below 1e-9.
fn expm1_over_x(x: f32) -> f32 {
    return 1.0 + x * second_of_exp(x);
}

// (exp(x) - 1 - x) / x^2 for |x| <= 0.5.
fn second_of_exp(x: f32) -> f32 {
    return 0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333338
        + x * (0.0013888889 + x * (0.0001984127 + x * 0.000024801588)))));
}

fn flow_over(a: f32, b: f32, t: f32) -> Flow {
    var flow: Flow;
    flow.membrane = expm1(-b * t);
    flow.synapse = expm1(-a * t);
    let x = (b - a) * t;
    if (abs(x) <= 0.5) {
        flow.gain = t * (1.0 + flow.membrane) * expm1_over_x(x);
    } else {
        flow.gain = (flow.synapse - flow.membrane) / (b - a);
    }
    return flow;
}

// -d(gain)/da and -d(gain)/db over an interval of length t, in ms^2: (t s - gain) / (b - a) and (gain - t m) / (b - a)
// with s = exp(-a t) and m = exp(-b t), or where they are alike a series that does not divide by a vanishing b - a.
fn gain_derivatives(a: f32, b: f32, t: f32, flow: Flow) -> vec2<f32> {
    let x = (b - a) * t;
    let membrane = 1.0 + flow.membrane;
    if (abs(x) > 0.5) {
        let synapse = 1.0 + flow.synapse;
        return vec2<f32>(t * synapse - flow.gain, flow.gain - t * membrane) / (b - a);
    }
    let by_synapse = 0.5 + x * (0.33333334 + x * (0.125 + x * (0.033333335
        + x * (0.0069444445 + x * (0.0011904762 + x * 0.00017361111)))));
    return t * t * membrane * vec2<f32>(by_synapse, second_of_exp(x));
}

// (V, I) after the interval.
fn advance_by(flow: Flow, state: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(
        state.x + (state.x * flow.membrane + state.y * flow.gain),
        state.y + state.y * flow.synapse,
    );
}

// The adjoints of (V, I) before the interval: the transpose.
fn adjoint_by(flow: Flow, state: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(
        state.x + state.x * flow.membrane,
        state.y + (state.y * flow.synapse + state.x * flow.gain),
    );
}

// The next representable time, so that a spike is later than what caused it.
fn after(time: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(max(time, 0.0)) + 1u);
}
