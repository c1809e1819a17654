// Populations that influence one another without delay: one workgroup is one slot and goes
// from event to event, each invocation keeping every WORKGROUP-th neuron of the stage.
// Every neuron offers its next event, found exactly up to its next known arrival; the earliest
// is taken (a spike before an arrival at the same time, a lower neuron before a higher) and
// no host is asked. What a spike sends at once to a neuron that is due at the same time waits until that has fired.
// Needs types.wgsl, state.wgsl, arrival.wgsl, windows.wgsl, stage_neurons.wgsl, counters.wgsl, jump.wgsl, slope.wgsl, void.wgsl,
// spent.wgsl, projections.wgsl, synapses.wgsl, instant.wgsl, exponentials.wgsl, moments.wgsl, propagate.wgsl, and of one current or
// several the words for them, the flow and the crossing.

struct AdvanceSequentialParameters {
    // The stage.
    populations: array<StagePopulation, STAGE_POPULATIONS>,
    // How many of them there are.
    n_populations: u32,
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
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
    // Spikes that a slot may fire in a run: more are a runaway.
    spike_budget: u32,
}

@group(0) @binding(0) var<uniform> parameters: AdvanceSequentialParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read_write> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// What the earliest event is; the order of the values is the order of events at one time.
const SPIKE: u32 = 0u;
const RELEASE: u32 = 1u;
const ARRIVAL: u32 = 2u;
const END: u32 = 3u;

var<workgroup> times: array<f32, WORKGROUP>;
var<workgroup> keys: array<u32, WORKGROUP>;
// The earliest event: its kind, unit and time, and whether there is none.
var<workgroup> chosen: vec4<u32>;
var<workgroup> is_done: u32;
// Spikes of the slot before this window.
var<workgroup> n_before: u32;

struct Offer {
    time: f32,
    // The kind in the upper two bits, the unit below.
    key: u32,
    // Of a spike: what rounding took from its time.
    remainder: f32,
}

fn n_arrivals(slot: u32, neuron: Neuron) -> u32 {
    return atomicLoad(&counters[list_counter(slot * sizes.n_lists + neuron.list)]);
}

fn offer(slot: u32, unit: u32, state: State) -> Offer {
    let neuron = neurons[unit];
    if (state.due != NEVER) {
        return Offer(state.time, (SPIKE << 30u) | unit, state.due);
    }
    var best = Offer(parameters.window_end, (END << 30u) | unit, 0.0);
    let is_arrival = state.cursor < n_arrivals(slot, neuron);
    if (is_arrival) {
        let arrival = arrivals[arrivals_in(slot, neuron.list) + state.cursor].time;
        best = Offer(max(arrival, state.time), (ARRIVAL << 30u) | unit, 0.0);
    }
    if (state.release != NEVER) {
        if (state.release <= best.time) {
            best = Offer(max(state.release, state.time), (RELEASE << 30u) | unit, 0.0);
        }
        return best;
    }
    let threshold = values[neuron.threshold] - neuron.rest_potential;
    let here = Pair(state.potential, state.current);
    let limit = best.time - state.time;
    // Nothing happens in no time: of arrivals at one time each comes before what they cause.
    if (!(limit > 0.0)) {
        return best;
    }
    let resolution = select(0.0, resolution_at(best.time), is_arrival);
    let crossing =
        first_crossing(rates_of(neuron), neuron.membrane_rate, here, threshold, limit, resolution);
    if (crossing != NEVER) {
        let time = min(max(state.time + crossing, after(state.time)), best.time);
        best = Offer(time, (SPIKE << 30u) | unit, crossing - (time - state.time));
    }
    return best;
}

// Brings a neuron to a time at which it has no event of its own before, and by what rounding took from that time.
fn bring(neuron: Neuron, state: ptr<function, State>, time: f32, remainder: f32) {
    let elapsed = (time - (*state).time) + remainder;
    if (elapsed <= 0.0) {
        return;
    }
    let flow = flow_over(rates_of(neuron), neuron.membrane_rate, elapsed);
    let here = Pair((*state).potential, (*state).current);
    let there = advance_by(flow, here);
    // Of a held neuron the potential has no meaning.
    (*state).potential = there.x;
    (*state).current = there.y;
    (*state).time = time;
}

// Of a neuron that is brought to the time of another's spike: the remainder of its own spike if it is due at that time
// to rounding, else NEVER. One that had an event at that time already is not: what comes at once acts later.
fn due_at(neuron: Neuron, state: State, is_moved: bool) -> f32 {
    if (!is_moved || state.release != NEVER) {
        return NEVER;
    }
    let slope = rate_of(neuron.membrane_rate, state.potential, total(state.current));
    let deficit = values[neuron.threshold] - neuron.rest_potential - state.potential;
    if (slope > 0.0 && deficit <= slope * resolution_at(state.time)) {
        return deficit / slope;
    }
    return NEVER;
}

fn let_go(slot: u32, neuron: Neuron, state: ptr<function, State>) {
    (*state).potential = neuron.reset_potential;
    (*state).release = NEVER;
    if ((*state).last != NONE) {
        spikes[slot * sizes.spikes_capacity + (*state).last].release_slope =
            rate_of(neuron.membrane_rate, neuron.reset_potential, total((*state).current));
    }
}

fn fire(slot: u32, unit: u32, neuron: Neuron, remainder: f32, state: ptr<function, State>) {
    let threshold_value = values[neuron.threshold];
    let threshold = threshold_value - neuron.rest_potential;
    let window = window_at(slot, neuron.source, parameters.window);
    let count = windows[window + 1u];
    atomicMax(&counters[SPIKES_NEEDED + neuron.source], count + 1u);
    // Those for which there was no room are counted too.
    let n_fired = atomicAdd(&counters[fired_counter(slot)], 1u) + 1u;
    spend(slot, n_before + n_fired);
    if (count >= neuron.capacity) {
        atomicMax(&counters[OVERFLOW], 1u);
        // The run is repeated from a block's start: the spike's release must not be noted at one from before it.
        (*state).last = NONE;
    } else {
        let place = neuron.source_base + count;
        var spike: Spike;
        spike.time = (*state).time;
        spike.window = parameters.window;
        spike.unit = unit - neuron.first_unit;
        spike.slope = rate_of(neuron.membrane_rate, threshold, total((*state).current));
        spike.previous = (*state).last;
        if (spike.slope < slope_floor(neuron)) {
            atomicAdd(&counters[GRAZING], 1u);
        }
        spike.next = NONE;
        spike.remainder = remainder;
        spikes[slot * sizes.spikes_capacity + place] = spike;
        if ((*state).last == NONE) {
            (*state).first = place;
        } else {
            spikes[slot * sizes.spikes_capacity + (*state).last].next = place;
        }
        (*state).last = place;
        windows[window + 1u] = count + 1u;
    }
    let rule = reset_rule(neuron.refractory);
    (*state).potential = potential_after_spike(rule, threshold, threshold_value, neuron.reset_potential);
    if (rule == HOLDS) {
        (*state).release = (*state).time + neuron.refractory;
    } else if (rule == RELEASES) {
        let_go(slot, neuron, state);
    }
}

@compute @workgroup_size(WORKGROUP)
fn advance_sequential(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.x;
    let n_neurons = n_stage_neurons();
    if (lane == 0u) {
        is_done = u32(is_void());
        n_before = fired_before(slot);
    }
    if (workgroupUniformLoad(&is_done) != 0u) {
        return;
    }
    // Each invocation writes its own neurons' states and, of the windows, nobody else's spikes.
    for (var ix = lane; ix < n_neurons; ix += WORKGROUP) {
        let unit = unit_of(ix);
        let at = slot * sizes.n_units + unit;
        if (parameters.is_run_start != 0u) {
            states[at] = state_at_start(neurons[unit]);
        } else if (parameters.is_first_pass != 0u) {
            states[at].time = 0.0;
            states[at].cursor = 0u;
        }
    }
    if (lane == 0u && parameters.is_first_pass != 0u) {
        for (var p = 0u; p < parameters.n_populations; p += 1u) {
            let window = window_at(slot, parameters.populations[p].source, parameters.window);
            windows[window + 1u] = windows[window];
        }
    }
    // Invocations without a neuron have nothing to offer.
    var first_half = WORKGROUP / 2u;
    while (first_half >= n_neurons) {
        first_half /= 2u;
    }
    storageBarrier();
    for (var event = 0u; event < parameters.most_events; event += 1u) {
        // The earliest of this invocation's neurons, then of all.
        var best = Offer(NEVER, NONE, 0.0);
        for (var ix = lane; ix < n_neurons; ix += WORKGROUP) {
            let unit = unit_of(ix);
            let state = states[slot * sizes.n_units + unit];
            if (state.cursor == NONE) {
                continue;
            }
            let mine = offer(slot, unit, state);
            if (mine.time < best.time || (mine.time == best.time && mine.key < best.key)) {
                best = mine;
            }
        }
        times[lane] = best.time;
        keys[lane] = best.key;
        for (var half = first_half; half > 0u; half /= 2u) {
            workgroupBarrier();
            if (lane < half) {
                let time = times[lane + half];
                let key = keys[lane + half];
                if (time < times[lane] || (time == times[lane] && key < keys[lane])) {
                    times[lane] = time;
                    keys[lane] = key;
                }
            }
        }
        if (lane == 0u) {
            let is_last = keys[0] == NONE || atomicLoad(&counters[PAST_BUDGET]) != 0u;
            chosen = vec4<u32>(keys[0] >> 30u, keys[0] & 0x3fffffffu, bitcast<u32>(times[0]), u32(is_last));
        }
        let what = workgroupUniformLoad(&chosen);
        let time = bitcast<f32>(what.z);
        if (what.w != 0u) {
            break;
        }
        let actor = neurons[what.y];
        for (var ix = lane; ix < n_neurons; ix += WORKGROUP) {
            let unit = unit_of(ix);
            let at = slot * sizes.n_units + unit;
            var state = states[at];
            if (state.cursor == NONE) {
                continue;
            }
            let neuron = neurons[unit];
            if (what.x == SPIKE) {
                let weight = instant_weight(actor, what.y, neuron, unit);
                if (unit != what.y && is_zero(weight)) {
                    continue;
                }
                let is_moved = state.time < time;
                // The neuron that fires is this invocation's, and its offer was the best.
                let is_actor = unit == what.y;
                // By so much it counts as one before its time: more than a rounding.
                let early = select(0.0, best.remainder, best.remainder > 2.4e-7 * time);
                bring(neuron, &state, time, select(0.0, best.remainder - early, is_actor));
                state.time = max(state.time, time);
                if (is_actor) {
                    fire(slot, unit, neuron, best.remainder, &state);
                    if (state.release == NEVER) {
                        // Where it is at its true time, taken back to the one that it counts at.
                        state.potential -= early * rate_of(neuron.membrane_rate, state.potential, total(state.current));
                    }
                    state.current += state.pending;
                    state.pending = Currents();
                    state.due = NEVER;
                } else if (state.due == NEVER) {
                    state.due = due_at(neuron, state, is_moved);
                }
                if (state.due == NEVER) {
                    state.current += weight;
                } else {
                    state.pending += weight;
                }
            } else if (what.x == RELEASE) {
                if (unit != what.y) {
                    continue;
                }
                bring(neuron, &state, time, 0.0);
                let_go(slot, neuron, &state);
            } else if (what.x == ARRIVAL) {
                // Everyone whose next arrival is now: they cannot act on one another before.
                if (state.cursor >= n_arrivals(slot, neuron)) {
                    continue;
                }
                let arrival = arrivals[arrivals_in(slot, neuron.list) + state.cursor];
                if (max(arrival.time, state.time) > time) {
                    continue;
                }
                bring(neuron, &state, time, 0.0);
                let weight = values[arrival.weights + (unit - neuron.first_unit)];
                state.current = added(state.current, receptor_of(arrival), weight);
                state.cursor += 1u;
            } else {
                bring(neuron, &state, parameters.window_end, 0.0);
                state.cursor = NONE;
                if (state.release != NEVER) {
                    state.release -= parameters.window_end;
                }
            }
            states[at] = state;
        }
        storageBarrier();
    }
    for (var ix = lane; ix < n_neurons; ix += WORKGROUP) {
        let at = slot * sizes.n_units + unit_of(ix);
        if (parameters.is_last_pass != 0u && states[at].cursor != NONE) {
            atomicMax(&counters[UNFINISHED], sizes.n_windows - parameters.window);
        }
    }
}
