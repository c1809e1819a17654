// A population without threshold backward through a window. With rho = dL/d(integral of V), going
// back over t: lv <- lv exp(-b t) + rho (1 - exp(-b t))/b, li <- li exp(-a t) + lv gain(t) + rho K(t),
// K(t) = ((1 - exp(-a t))/a - gain(t))/b, which is the integral of the gain.
// Needs types.wgsl, arrival_back.wgsl, counters.wgsl, flow.wgsl, lanes.wgsl, origins.wgsl and sweep.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(10) var<storage, read> requested: array<f32>;
// [slot][readout neuron][dL/d integral, then dL/dV at each requested time].
@group(0) @binding(11) var<storage, read> observed: array<f32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;

// What comes next is the last requested time of the window.
fn begin_window(lane: ptr<function, Lane>) {
    (*lane).own = step.end_time;
}

fn flow_back(neuron: Neuron, density: f32, lane: ptr<function, Lane>, to: f32) {
    let elapsed = (*lane).time - to;
    if (elapsed <= 0.0) {
        return;
    }
    let flow = flow_over(neuron.synapse_rate, neuron.membrane_rate, elapsed);
    let before = adjoint_by(flow, vec2<f32>((*lane).potential, (*lane).current));
    let charge = (-flow.synapse / neuron.synapse_rate - flow.gain) / neuron.membrane_rate;
    (*lane).potential = before.x - density * flow.membrane / neuron.membrane_rate;
    (*lane).current = before.y + density * charge;
    (*lane).time = to;
}

// Back to a time, through the requested times after it: one at an arrival's time came before it.
fn walk_back(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, to: f32, is_end: bool) {
    let out = (slot * step.n_readouts + step.readout + ix) * (1u + step.n_times);
    while ((*lane).own > step.first_time) {
        let time = requested[(*lane).own - 1u];
        if (time <= to && !is_end) {
            break;
        }
        flow_back(neuron, observed[out], lane, time);
        (*lane).own -= 1u;
        (*lane).potential += observed[out + 1u + (*lane).own];
    }
    flow_back(neuron, observed[out], lane, to);
}

@compute @workgroup_size(WORKGROUP)
fn adjoint_readout(
    @builtin(local_invocation_index) lane_ix: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    sweep(lane_ix, group.xy);
}
