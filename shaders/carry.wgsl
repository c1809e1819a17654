// Carrying one neuron's sensitivity to one column forward in time, through arrivals and releases; `jump.wgsl` says what
// they do. Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, propagate.wgsl, column.wgsl,
// tile.wgsl, tile_state.wgsl, and the kernel's bindings.

// A neuron on its way: its state, and until when.
struct Carried {
    potential: f32,
    current: Currents,
    time: f32,
    // The next arrival.
    cursor: u32,
    // When its hold ends, or NEVER; and the spike that began it.
    release: f32,
    held_by: u32,
}

// To a time, and by what rounding took from it.
fn flow_on(neuron: Neuron, carried: ptr<function, Carried>, time: f32, remainder: f32) {
    let elapsed = (time - (*carried).time) + remainder;
    if (elapsed <= 0.0) {
        return;
    }
    if ((*carried).potential != 0.0 || !is_zero((*carried).current)) {
        let flow = flow_over(rates_of(neuron), neuron.membrane_rate, elapsed);
        let there = advance_by(flow, Pair((*carried).potential, (*carried).current));
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
        let slope = spike_of(slot, (*carried).held_by).release_slope;
        (*carried).potential = release_derivative(slope) * sensitivities[row_at(slot, (*carried).held_by, column)];
        (*carried).release = NEVER;
    }
    flow_on(neuron, carried, time, remainder);
}

// The derivative of an arrival's time.
fn arrival_derivative(slot: u32, ix: u32, arrival: Arrival, column: Column, column_ix: u32) -> f32 {
    var g = 0.0;
    if (arrival.origin >= sizes.n_input_places) {
        g = sensitivities[row_at(slot, arrival.origin, column_ix)];
    } else {
        g = moved_input_time(column, slot, arrival.origin);
    }
    if (has_own_delay(arrival)) {
        return g + moved_value(column, DELAY, arrival.delays + ix);
    }
    return g + moved_shared_delay(column, projection_of(arrival));
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
    let first = arrivals_in(slot, neuron.list);
    let n = n_arrivals(slot, neuron);
    let start = (*carried).cursor;
    while ((*carried).cursor < n) {
        let arrival = arrivals[first + (*carried).cursor];
        if (arrival.time >= time) {
            break;
        }
        (*carried).cursor += 1u;
        let g = arrival_derivative(slot, ix, arrival, column, column_ix);
        let weight = arrival.weights + ix;
        let heavier = moved_value(column, WEIGHT, weight);
        if (g == 0.0 && heavier == 0.0) {
            continue;
        }
        flow_through(slot, neuron, column_ix, carried, arrival.time, 0.0);
        let is_held = (*carried).release != NEVER;
        let receptor = receptor_of(arrival);
        let rate = current_of(rates_of(neuron), receptor);
        let before = vec2<f32>((*carried).potential, current_of((*carried).current, receptor));
        let there = arrival_forward(values[weight], rate, g, heavier, is_held, before);
        (*carried).potential = there.x;
        (*carried).current = with_current((*carried).current, receptor, there.y);
    }
    flow_through(slot, neuron, column_ix, carried, time, remainder);
    return (*carried).cursor - start;
}
