// Carrying one neuron's sensitivity to one column forward in time (Lee et al. 2023, and for a neuron's own
// earlier spikes, refractory times and delays the implicit function theorem again):
//   arrival over weight w:  v -= w g     i += a w g  (+1 if the column is this weight)
//   spike:                  g = ([the column is this threshold] - v) / rate
//   reset Subtract:         v -= b threshold g  (+1 more if the column is this threshold)
//   release of reset To:    v = -rate' g
// Needs types.wgsl, counters.wgsl, slope.wgsl, first_arrival.wgsl, flow.wgsl, hold.wgsl, tile.wgsl, tile_state.wgsl, and the kernel's bindings.

// The end of a hold that outlasts the window.
const HELD: f32 = 2.0e38;

// A neuron on its way: its state, and until when.
struct Carried {
    potential: f32,
    current: f32,
    time: f32,
    // The next arrival.
    cursor: u32,
    // When its hold ends, or NEVER; and the spike that began it.
    release: f32,
    held_by: u32,
}

fn spike_of(slot: u32, place: u32) -> Spike {
    return spikes[slot * step.stretch + place];
}

fn list_of(slot: u32, neuron: Neuron) -> u32 {
    return slot * step.n_lists + neuron.list;
}

fn n_arrivals(slot: u32, neuron: Neuron) -> u32 {
    return counters[list_counter(list_of(slot, neuron))];
}

// Where the neuron stands: at its spike `previous` if that is in this window, else at the window's start.
fn resume(slot: u32, neuron: Neuron, state: Sensitivity, previous: u32) -> Carried {
    var carried = Carried(state.potential, state.current, 0.0, 0u, NEVER, NONE);
    if (previous == NONE) {
        return carried;
    }
    let spike = spike_of(slot, previous);
    if (spike.window == step.window) {
        carried.time = spike.time;
        carried.cursor = first_arrival(list_of(slot, neuron), spike.time);
    }
    if (neuron.refractory > 0.0) {
        hold(neuron, spike, previous, &carried);
    }
    return carried;
}

// Holds a neuron as long as its spike says, if that is not over.
fn hold(neuron: Neuron, spike: Spike, place: u32, carried: ptr<function, Carried>) {
    let release = release_of(neuron, spike);
    if (release.window >= step.window) {
        (*carried).release = select(release.time, HELD, release.window > step.window);
        (*carried).held_by = place;
    }
}

// To a time, and by what rounding took from it.
fn flow_on(neuron: Neuron, carried: ptr<function, Carried>, time: f32, remainder: f32) {
    let elapsed = (time - (*carried).time) + remainder;
    if (elapsed <= 0.0) {
        return;
    }
    if ((*carried).potential != 0.0 || (*carried).current != 0.0) {
        let flow = flow_over(neuron.synapse_rate, neuron.membrane_rate, elapsed);
        let there = advance_by(flow, vec2<f32>((*carried).potential, (*carried).current));
        (*carried).potential = there.x;
        (*carried).current = there.y;
    }
    (*carried).time = time;
}

// To a time, through the release if it comes before. While it is held a potential has no sensitivity.
fn flow_through(
    slot: u32,
    neuron: Neuron,
    column: u32,
    carried: ptr<function, Carried>,
    time: f32,
    remainder: f32,
) {
    if ((*carried).release <= time) {
        flow_on(neuron, carried, (*carried).release, 0.0);
        let spike = spike_of(slot, (*carried).held_by);
        (*carried).potential = -spike.release_slope * sensitivities[row_at(slot, (*carried).held_by, column)];
        (*carried).release = NEVER;
    }
    flow_on(neuron, carried, time, remainder);
}

// The derivative of an arrival's time.
fn arrival_derivative(slot: u32, ix: u32, arrival: Arrival, column: Column, column_ix: u32) -> f32 {
    var g = 0.0;
    if (arrival.origin >= step.n_input_places) {
        g = sensitivities[row_at(slot, arrival.origin, column_ix)];
    } else if (column.kind == INPUT_TIME && column.index == arrival.origin) {
        g = 1.0;
    }
    if (column.kind == SHARED_DELAY && column.index == arrival.projection) {
        g += 1.0;
    }
    if (column.kind == DELAY && arrival.delays != NONE && column.index == arrival.delays + ix) {
        g += 1.0;
    }
    return g;
}

// To a time, through all arrivals before it. Between those that change nothing nothing is computed: the
// flow is linear, so that one step over many intervals is exact. The answer is how many arrivals it met.
fn carry(
    slot: u32,
    neuron: Neuron,
    ix: u32,
    column: Column,
    column_ix: u32,
    carried: ptr<function, Carried>,
    time: f32,
    remainder: f32,
) -> u32 {
    let list = list_of(slot, neuron);
    let n = n_arrivals(slot, neuron);
    let start = (*carried).cursor;
    while ((*carried).cursor < n) {
        let arrival = arrivals[list * step.arrivals_capacity + (*carried).cursor];
        if (arrival.time >= time) {
            break;
        }
        (*carried).cursor += 1u;
        let g = arrival_derivative(slot, ix, arrival, column, column_ix);
        let weight = arrival.weights + ix;
        let is_weight = column.kind == WEIGHT && column.index == weight;
        if (g == 0.0 && !is_weight) {
            continue;
        }
        flow_through(slot, neuron, column_ix, carried, arrival.time, 0.0);
        let moved = values[weight] * g;
        (*carried).current += neuron.synapse_rate * moved + f32(is_weight);
        if ((*carried).release == NEVER) {
            (*carried).potential -= moved;
        }
    }
    flow_through(slot, neuron, column_ix, carried, time, remainder);
    return (*carried).cursor - start;
}

// The neuron's spike: its derivative, and the reset.
fn fire(
    slot: u32,
    neuron: Neuron,
    column: Column,
    column_ix: u32,
    place: u32,
    carried: ptr<function, Carried>,
) {
    let spike = spike_of(slot, place);
    let slope = max(spike.slope, slope_floor(neuron));
    let is_threshold = f32(column.kind == THRESHOLD && column.index == neuron.threshold);
    let g = (is_threshold - (*carried).potential) / slope;
    sensitivities[row_at(slot, place, column_ix)] = g;
    if (neuron.refractory < 0.0) {
        (*carried).potential -= neuron.membrane_rate * values[neuron.threshold] * g + is_threshold;
    } else if (neuron.refractory == 0.0) {
        (*carried).potential = -spike.release_slope * g;
    } else {
        hold(neuron, spike, place, carried);
    }
}
