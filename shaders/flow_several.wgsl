// The linear flow between events of a neuron with up to four currents:
//   dV/dt = -b V + sum of I_k,  dI_k/dt = -a_k I_k   (V above rest).
// Needs exponentials.wgsl.

struct Flow {
    // exp(-b t) - 1 and exp(-a t) - 1.
    membrane: f32,
    synapse: vec4<f32>,
    // What currents of 1 add to V; in ms.
    gain: vec4<f32>,
}

// By the rates of synapses, and by that of the membrane.
struct GainDerivatives {
    x: vec4<f32>,
    y: vec4<f32>,
}

// exp(-a t) - 1.
fn fall_over(a: vec4<f32>, t: f32) -> vec4<f32> {
    return vec4<f32>(expm1(-a.x * t), expm1(-a.y * t), expm1(-a.z * t), expm1(-a.w * t));
}

// `larger` is by how much exp(-a t) is larger than exp(-b t), which is `membrane`.
fn gain_of_each(difference: vec4<f32>, t: f32, membrane: f32, larger: vec4<f32>) -> vec4<f32> {
    return vec4<f32>(
        gain_of(difference.x, t, membrane, larger.x),
        gain_of(difference.y, t, membrane, larger.y),
        gain_of(difference.z, t, membrane, larger.z),
        gain_of(difference.w, t, membrane, larger.w),
    );
}

fn flow_over(a: vec4<f32>, b: f32, t: f32) -> Flow {
    var flow: Flow;
    flow.membrane = expm1(-b * t);
    flow.synapse = fall_over(a, t);
    flow.gain = gain_of_each(b - a, t, 1.0 + flow.membrane, flow.synapse - flow.membrane);
    return flow;
}

// -d(gain)/da and -d(gain)/db of each.
fn gain_derivatives(a: vec4<f32>, b: f32, t: f32, flow: Flow) -> GainDerivatives {
    let difference = b - a;
    let membrane = 1.0 + flow.membrane;
    let synapse = 1.0 + flow.synapse;
    let first = gain_derivatives_of(difference.x, t, membrane, synapse.x, flow.gain.x);
    let second = gain_derivatives_of(difference.y, t, membrane, synapse.y, flow.gain.y);
    let third = gain_derivatives_of(difference.z, t, membrane, synapse.z, flow.gain.z);
    let fourth = gain_derivatives_of(difference.w, t, membrane, synapse.w, flow.gain.w);
    return GainDerivatives(
        vec4<f32>(first.x, second.x, third.x, fourth.x),
        vec4<f32>(first.y, second.y, third.y, fourth.y),
    );
}
