// A population whose neurons cannot influence one another inside a window: one invocation
// takes one neuron of one slot through its arrivals, exact crossings between them. Spikes go to
// the slot's list of fired spikes, in any order; `order` sorts them.
// Needs types.wgsl, state.wgsl, arrival.wgsl, counters.wgsl, jump.wgsl, slope.wgsl, void.wgsl, exponentials.wgsl, moments.wgsl,
// propagate.wgsl, and of one current or several the words for them, the flow, the crossing and what goes from arrival to arrival
// below the threshold.

struct AdvanceParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether it is the first dispatch over this window, and the last.
    is_first_pass: u32,
    is_last_pass: u32,
    // Whether neurons start the run.
    is_run_start: u32,
    // Events that an invocation may work through in this dispatch.
    most_events: u32,
    // The population: its first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
    // Spikes that a slot may fire in a run: more are a runaway.
    spike_budget: u32,
    // Whether `intervals` has what its neurons share.
    has_intervals: u32,
}

@group(0) @binding(0) var<uniform> parameters: AdvanceParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
@group(0) @binding(9) var<storage, read_write> fired: array<Spike>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// The answer is whether the neuron may go on.
fn record(
    slot: u32, state: ptr<function, State>, neuron: Neuron, unit: u32, slope: f32, remainder: f32,
) -> bool {
    let ix = atomicAdd(&counters[fired_counter(slot)], 1u);
    if (ix >= parameters.spike_budget) {
        atomicMax(&counters[PAST_BUDGET], slot + 1u);
        return false;
    }
    if (ix >= sizes.fired_capacity) {
        // The run is repeated from a block's start: the spike's release must not be noted at one from before it.
        (*state).fired = NONE;
        (*state).last = NONE;
        return true;
    }
    var spike: Spike;
    spike.time = (*state).time;
    spike.window = parameters.window;
    spike.unit = unit;
    spike.slope = slope;
    spike.remainder = remainder;
    if (slope < slope_floor(neuron)) {
        atomicAdd(&counters[GRAZING], 1u);
    }
    // The first of this window follows the last of those before.
    spike.previous = select(NONE, (*state).last, (*state).fired == NONE);
    (*state).fired = ix;
    fired[slot * sizes.fired_capacity + ix] = spike;
    return true;
}

// Ends a hold: the potential starts from the reset potential.
fn let_go(slot: u32, state: ptr<function, State>, neuron: Neuron) {
    (*state).potential = neuron.reset_potential;
    (*state).release = NEVER;
    let slope = rate_of(neuron.membrane_rate, neuron.reset_potential, total((*state).current));
    if ((*state).fired != NONE) {
        fired[slot * sizes.fired_capacity + (*state).fired].release_slope = slope;
    } else if ((*state).last != NONE) {
        spikes[slot * sizes.spikes_capacity + (*state).last].release_slope = slope;
    }
}

@compute @workgroup_size(WORKGROUP)
fn advance(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= parameters.population_size || is_void()) {
        return;
    }
    let unit = parameters.first_unit + id.x;
    let at = slot * sizes.n_units + unit;
    if (parameters.is_first_pass == 0u && states[at].cursor == NONE) {
        // It was through the window before.
        return;
    }
    let neuron = neurons[unit];
    let threshold_value = values[neuron.threshold];
    let threshold = threshold_value - neuron.rest_potential;
    let list = slot * sizes.n_lists + neuron.list;
    let first = arrivals_in(slot, neuron.list);
    let n_arrivals = atomicLoad(&counters[list_counter(list)]);
    var state = states[at];
    if (parameters.is_run_start != 0u) {
        state = state_at_start(neuron);
    } else if (parameters.is_first_pass != 0u) {
        state.time = 0.0;
        state.cursor = 0u;
        state.fired = NONE;
    }
    var budget = parameters.most_events;
    while (state.cursor != NONE && budget > 0u) {
        // Neighbours go through the same batch of arrivals before any goes on, so that what they load lies side by side.
        let batch_end = (state.cursor / BATCH + 1u) * BATCH;
        if (parameters.has_intervals != 0u) {
            load_weights(slot, id.x, batch_end - BATCH, n_arrivals);
        }
        while (state.cursor < batch_end && budget > 0u) {
            if (parameters.has_intervals != 0u) {
                let most = min(budget, batch_end - state.cursor);
                budget -= advance_below(slot, neuron, n_arrivals, id.x, threshold, most, &state);
                if (state.cursor >= batch_end || budget == 0u) {
                    break;
                }
            }
            budget -= 1u;
            var until = parameters.window_end;
            let is_arrival = state.cursor < n_arrivals;
            var arrival: Arrival;
            if (is_arrival) {
                arrival = arrivals[first + state.cursor];
                until = arrival.time;
            }
            if (state.release != NEVER) {
                let to = min(state.release, until);
                state.current += state.current * fall_over(rates_of(neuron), max(to - state.time, 0.0));
                state.time = max(to, state.time);
                if (state.release <= until) {
                    let_go(slot, &state, neuron);
                    continue;
                }
            } else {
                let here = Pair(state.potential, state.current);
                let limit = max(until - state.time, 0.0);
                // Nothing happens in no time: of arrivals at one time each comes before what they cause.
                var crossing = NEVER;
                if (limit > 0.0) {
                    let resolution = select(0.0, resolution_at(until), is_arrival);
                    crossing = first_crossing(
                        rates_of(neuron), neuron.membrane_rate, here, threshold, limit, resolution);
                }
                if (crossing != NEVER) {
                    // By so much it counts as one before its time.
                    let early = max(crossing - limit, 0.0);
                    let flow = flow_over(rates_of(neuron), neuron.membrane_rate, crossing - early);
                    state.current += state.current * flow.synapse;
                    let time = min(max(state.time + crossing, after(state.time)), until);
                    let remainder = crossing - (time - state.time);
                    state.time = time;
                    let slope = rate_of(neuron.membrane_rate, threshold, total(state.current));
                    if (!record(slot, &state, neuron, id.x, slope, remainder)) {
                        budget = 0u;
                        break;
                    }
                    let rule = reset_rule(neuron.refractory);
                    state.potential =
                        potential_after_spike(rule, threshold, threshold_value, neuron.reset_potential);
                    if (rule == HOLDS) {
                        state.release = state.time + neuron.refractory;
                        continue;
                    }
                    if (rule == RELEASES) {
                        let_go(slot, &state, neuron);
                    }
                    // Where it is at its true time, taken back to the one that it counts at.
                    state.potential -= early * rate_of(neuron.membrane_rate, state.potential, total(state.current));
                    continue;
                }
                let flow = flow_over(rates_of(neuron), neuron.membrane_rate, limit);
                let there = advance_by(flow, here);
                state.potential = there.x;
                state.current = there.y;
                state.time = max(until, state.time);
            }
            if (is_arrival) {
                state.current = added(state.current, receptor_of(arrival), values[arrival.weights + id.x]);
                state.cursor += 1u;
            } else {
                state.cursor = NONE;
                if (state.release != NEVER) {
                    state.release -= parameters.window_end;
                }
            }
        }
    }
    if (parameters.is_last_pass != 0u && state.cursor != NONE) {
        atomicMax(&counters[UNFINISHED], sizes.n_windows - parameters.window);
    }
    states[at] = state;
}
