// A population without threshold: one invocation takes one neuron of one slot through its
// arrivals, and records its voltage at the requested times and the integral of V.
//
// Integrating both equations over the run: the integral of I is (total weight arrived - I(T)) / a,
// that of V above the drive is (V(0) - V(T) + the integral of I) / b.
// Needs types.wgsl, counters.wgsl and flow.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
// Requested times, since the start of their windows.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
// [slot][readout neuron][integral, then each requested time].
@group(0) @binding(11) var<storage, read_write> observed: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn readout(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= step.n_slots || id.x >= step.size) {
        return;
    }
    let unit = step.first_unit + id.x;
    let at = slot * step.n_units + unit;
    let neuron = neurons[unit];
    let out = (slot * step.n_readouts + step.readout + id.x) * (1u + step.n_times);
    let list = slot * step.n_lists + neuron.list;
    let n_arrivals = atomicLoad(&counters[list_counter(list)]);
    var state = states[at];
    if (step.is_start != 0u) {
        state = State(neuron.initial, 0.0, NEVER, 0.0, 0u, NONE, NONE, NONE);
        observed[out] = 0.0;
    } else if (step.is_first != 0u) {
        state.time = 0.0;
        state.cursor = 0u;
    }
    if (step.is_first != 0u) {
        // Which requested time is next.
        state.fired = step.first_time;
    }
    var budget = step.events;
    while (state.cursor != NONE && budget > 0u) {
        budget -= 1u;
        var until = step.window_end;
        let is_arrival = state.cursor < n_arrivals;
        var arrival: Arrival;
        if (is_arrival) {
            arrival = arrivals[list * step.arrivals_capacity + state.cursor];
            until = arrival.time;
        }
        let is_request = state.fired < step.end_time && requested[state.fired] <= until;
        if (is_request) {
            until = requested[state.fired];
        }
        let flow = flow_over(neuron.synapse_rate, neuron.membrane_rate, max(until - state.time, 0.0));
        let there = advance_by(flow, vec2<f32>(state.potential, state.current));
        state.potential = there.x;
        state.current = there.y;
        state.time = max(until, state.time);
        if (is_request) {
            observed[out + 1u + state.fired] = state.potential + neuron.drive;
            state.fired += 1u;
        } else if (is_arrival) {
            let weight = values[arrival.weights + id.x];
            state.current += weight;
            // Collects the total weight; the end of the run turns it into the integral.
            observed[out] += weight;
            state.cursor += 1u;
        } else {
            state.cursor = NONE;
            if (step.window + 1u == step.n_windows) {
                let charge = (observed[out] - state.current) / neuron.synapse_rate;
                observed[out] = neuron.drive * step.duration
                    + (neuron.initial - state.potential + charge) / neuron.membrane_rate;
            }
        }
    }
    if (step.is_last != 0u && state.cursor != NONE) {
        atomicMax(&counters[UNFINISHED], 1u);
    }
    states[at] = state;
}
