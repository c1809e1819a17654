// The spikes and releases of a block's neurons, which leave the frame and enter it again: what `carry_spikes.wgsl` does, for
// four columns at a time. Needs types.wgsl, counters.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl, first_arrival.wgsl,
// currents_one.wgsl, flow.wgsl, hold.wgsl, column.wgsl, tile.wgsl, own_places.wgsl, own_column.wgsl, frames.wgsl, block.wgsl,
// and the kernel's bindings.

// The end of a hold that outlasts the window.
const HELD: f32 = 2.0e38;

// Of each of the invocation's neurons: its next spike, as a place in the stretch; when its hold ends, or NEVER, and the
// spike that began it; and at which arrival of the list the first of these events comes before it, NONE if there is none in
// this window. One at the time of an arrival comes before it.
var<private> upcoming: array<u32, ROWS>;
var<private> release: array<f32, ROWS>;
var<private> held_by: array<u32, ROWS>;
var<private> cut: array<u32, ROWS>;
// The first of `cut`, and whose it is.
var<private> next_cut: u32;
var<private> next_row: u32;
// Which neurons have met a spike, each a bit.
var<private> have_fired: u32;

fn find_next_cut() {
    next_cut = NONE;
    for (var r = 0u; r < ROWS; r += 1u) {
        if (cut[r] < next_cut) {
            next_cut = cut[r];
            next_row = r;
        }
    }
}

// Holds a neuron as long as its spike says, if that is not over.
fn hold_row(r: u32, neuron: Neuron, place: u32) {
    let end = release_of(neuron, spike_of(slot_of_block, place));
    if (end.window >= parameters.window) {
        release[r] = select(end.time, HELD, end.window > parameters.window);
        held_by[r] = place;
    }
}

// Finds a neuron's next event.
fn find_event(r: u32, list: u32) {
    var time = NEVER;
    if (upcoming[r] != NONE) {
        let spike = spike_of(slot_of_block, upcoming[r]);
        if (release[r] < HELD) {
            time = release[r];
        } else if (spike.window == parameters.window) {
            time = spike.time;
        }
    }
    cut[r] = NONE;
    if (time != NEVER) {
        cut[r] = first_arrival(list, time);
    }
}

// Through a neuron's next event. Its potential there is v = membrane u + gain j; what comes after is put where it would have
// been at the arrival before, as every neuron's is.
fn meet_event(r: u32, list: u32, unit: u32, column_four: u32, first_in_tile: u32) {
    let neuron = neurons[unit];
    let place = upcoming[r];
    let is_release = release[r] < HELD;
    let spike = spike_of(slot_of_block, select(place, held_by[r], is_release));
    let time = select(spike.time, release[r], is_release);
    var since = 0.0;
    var start = 0.0;
    if (cut[r] > 0u) {
        since = arrivals[arrivals_of(list) + cut[r] - 1u].time;
        start = frame_of(slot_of_block, cut[r] - 1u).start;
    }
    let elapsed = max((time - since) + select(spike.remainder, 0.0, is_release), 0.0);
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let gain = flow_over(a, b, elapsed).gain * exp(-a * (since - start));
    let membrane = exp(-b * (elapsed + (since - start)));
    let enter = exp(b * (elapsed + (since - start)));
    let rule = reset_rule(neuron.refractory);
    let jump = spike_jump(
        rule,
        b,
        values[neuron.threshold],
        max(spike.slope, slope_floor(neuron)),
        spike.release_slope,
    );
    let kinds = column_kinds[column_four];
    let indices = column_indices[column_four];
    var row = row_of(r);
    for (var k = 0u; k < 4u; k += 1u) {
        let at_column = in_tile(first_in_tile, column_four, k);
        if (at_column >= parameters.end_in_tile) {
            break;
        }
        let x = row.u[k];
        let current = row.j[k];
        var there = 0.0;
        var keep = 0.0;
        if (is_release) {
            let g = sensitivities[row_at(slot_of_block, held_by[r], at_column)];
            there = release_derivative(spike.release_slope) * g;
        } else {
            let column = Column(kinds[k], indices[k], NONE, NONE, NONE);
            let higher = moved_value(column, THRESHOLD, neuron.threshold);
            let own = own_derivative(column, neuron, own_spike_at(slot_of_block, place));
            let g = spike_time(jump, (membrane * x + gain * current) + own, higher);
            sensitivities[row_at(slot_of_block, place, at_column)] = g;
            // What stays of v stays where it is.
            there = spike_forward(jump, 0.0, g, higher);
            keep = jump.keep;
        }
        row.u[k] = keep * x + enter * (there - (1.0 - keep) * gain * current);
    }
    set_row(r, row);
    if (is_release) {
        release[r] = NEVER;
    } else {
        have_fired |= 1u << r;
        upcoming[r] = spike.next;
        if (rule == HOLDS) {
            hold_row(r, neuron, place);
        }
    }
    find_event(r, list);
    find_next_cut();
}
