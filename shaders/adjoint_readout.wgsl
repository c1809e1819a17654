// A population without threshold backward through a window. With rho = dL/d(integral of V), going
// back over t: lv <- lv exp(-b t) + rho (1 - exp(-b t))/b, li <- li exp(-a t) + lv gain(t) + rho K(t),
// K(t) = ((1 - exp(-a t))/a - gain(t))/b, which is the integral of the gain; of several currents each has its own.
// Needs types.wgsl, arrival.wgsl, arrival_back.wgsl, counters.wgsl, jump.wgsl, first_arrival.wgsl, exponentials.wgsl, propagate.wgsl,
// lanes.wgsl, maximum.wgsl, origins.wgsl, sweep.wgsl, and of one current or several the words for them and the flow.

struct AdjointReadoutParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether it is the first dispatch over this window.
    is_first_pass: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // The population: its first neuron among those of the network, how many they are, and where they lie among those of
    // all readouts.
    first_unit: u32,
    population_size: u32,
    readout: u32,
    // Which of the requested times lie in this window.
    first_requested: u32,
    end_requested: u32,
    // Whether each of its neurons has a list of its own.
    has_own_lists: u32,
    // Whether the adjoints of arrival times are asked for, and those of delays.
    needs_arrival_times: u32,
    needs_delays: u32,
}

@group(0) @binding(0) var<uniform> parameters: AdjointReadoutParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// Requested times, since the start of their windows; then [sample][readout neuron] where the largest voltage was.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
// [slot][readout neuron][dL/d integral, then dL/dV at each requested time, then dL/d largest voltage].
@group(0) @binding(11) var<storage, read> observed: array<f32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(13) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<private> maximum: Maximum;

// What comes first is the last requested time of the window, or the largest voltage.
fn begin(slot: u32, unit: u32, lane: ptr<function, Lane>) {
    let ix = unit - parameters.first_unit;
    let sample = slot * sizes.sample_stride;
    maximum = maximum_of(sample, parameters.readout + ix, ix, sample * sizes.n_lists + neurons[unit].list);
    if (parameters.is_first_pass != 0u) {
        (*lane).own = parameters.end_requested;
        (*lane).is_held = maximum.time >= 0.0;
    }
}

fn back_over(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, n: u32) {
    one_by_one(slot, neuron, ix, lane, left, n);
}

// dL/d largest voltage.
fn maximum_adjoint(slot: u32, ix: u32) -> f32 {
    return observed[(slot * sizes.n_readouts + parameters.readout + ix) * sizes.n_shown + 1u + sizes.n_times];
}

fn back_through_turn(slot: u32, ix: u32, arrival: Arrival, place: u32) -> f32 {
    if (place < maximum.first || place >= maximum.end) {
        return 0.0;
    }
    let x = worth_of(maximum, place, values[arrival.weights + ix]) * maximum_adjoint(slot, ix);
    if (parameters.needs_delays != 0u && has_own_delay(arrival)) {
        gradient[slot * sizes.n_values + arrival.delays + ix] += x;
    }
    return x;
}

fn flow_back(neuron: Neuron, density: f32, lane: ptr<function, Lane>, to: f32) {
    let elapsed = (*lane).time - to;
    if (elapsed <= 0.0) {
        return;
    }
    let flow = flow_over(rates_of(neuron), neuron.membrane_rate, elapsed);
    let before = adjoint_by(flow, Pair((*lane).potential, (*lane).current));
    let charge = (-flow.synapse / rates_of(neuron) - flow.gain) / neuron.membrane_rate;
    (*lane).potential = before.x - density * flow.membrane / neuron.membrane_rate;
    (*lane).current = before.y + density * charge;
    (*lane).time = to;
}

// Back to a time, through the requested times and the largest voltage after it: one at an arrival's time came before it.
fn walk_back(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, to: f32, is_end: bool) {
    let out = (slot * sizes.n_readouts + parameters.readout + ix) * sizes.n_shown;
    loop {
        var time = -1.0;
        if ((*lane).own > parameters.first_requested) {
            time = requested[(*lane).own - 1u];
        }
        let is_maximum = (*lane).is_held && maximum.time >= time;
        time = select(time, maximum.time, is_maximum);
        if (time < 0.0 || (time <= to && !is_end)) {
            break;
        }
        flow_back(neuron, observed[out], lane, time);
        if (is_maximum) {
            (*lane).is_held = false;
            (*lane).potential += maximum_adjoint(slot, ix);
        } else {
            (*lane).own -= 1u;
            (*lane).potential += observed[out + 1u + (*lane).own];
        }
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
