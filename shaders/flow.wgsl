// The linear flow between events of a neuron with one current:
//   dV/dt = -b V + I,  dI/dt = -a I   (V above rest).
// Needs exponentials.wgsl.

struct Flow {
    // exp(-b t) - 1 and exp(-a t) - 1.
    membrane: f32,
    synapse: f32,
    // What a current of 1 adds to V; in ms.
    gain: f32,
}

// exp(-a t) - 1.
fn fall_over(a: f32, t: f32) -> f32 {
    return expm1(-a * t);
}

fn flow_over(a: f32, b: f32, t: f32) -> Flow {
    var flow: Flow;
    flow.membrane = expm1(-b * t);
    flow.synapse = fall_over(a, t);
    flow.gain = gain_of(b - a, t, 1.0 + flow.membrane, flow.synapse - flow.membrane);
    return flow;
}

// -d(gain)/da and -d(gain)/db.
fn gain_derivatives(a: f32, b: f32, t: f32, flow: Flow) -> vec2<f32> {
    return gain_derivatives_of(b - a, t, 1.0 + flow.membrane, 1.0 + flow.synapse, flow.gain);
}
