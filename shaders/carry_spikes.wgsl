// A spiking neuron's sensitivity at its own spikes. Needs types.wgsl, jump.wgsl, slope.wgsl, first_arrival.wgsl, hold.wgsl,
// carry.wgsl, own_places.wgsl, own_column.wgsl and what these need.

// The end of a hold that outlasts the window.
const HELD: f32 = 2.0e38;

// Where the neuron stands: at its spike `previous` if that is in this window, else at the window's start.
fn resume(slot: u32, neuron: Neuron, state: Sensitivity, previous: u32) -> Carried {
    var carried = Carried(state.potential, state.current, 0.0, 0u, NEVER, NONE);
    if (previous == NONE) {
        return carried;
    }
    let spike = spike_of(slot, previous);
    if (spike.window == parameters.window) {
        carried.time = spike.time;
        carried.cursor = first_arrival(list_of(slot, neuron), spike.time);
    }
    if (reset_rule(neuron.refractory) == HOLDS) {
        hold(neuron, spike, previous, &carried);
    }
    return carried;
}

// Holds a neuron as long as its spike says, if that is not over.
fn hold(neuron: Neuron, spike: Spike, place: u32, carried: ptr<function, Carried>) {
    let release = release_of(neuron, spike);
    if (release.window >= parameters.window) {
        (*carried).release = select(release.time, HELD, release.window > parameters.window);
        (*carried).held_by = place;
    }
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
    let rule = reset_rule(neuron.refractory);
    let jump = spike_jump(
        rule,
        neuron.membrane_rate,
        values[neuron.threshold],
        max(spike.slope, slope_floor(neuron)),
        spike.release_slope,
    );
    let higher = moved_value(column, THRESHOLD, neuron.threshold);
    let own = own_derivative(column, neuron, own_spike_at(slot, place));
    let g = spike_time(jump, (*carried).potential + own, higher);
    sensitivities[row_at(slot, place, column_ix)] = g;
    (*carried).potential = spike_forward(jump, (*carried).potential, g, higher);
    if (rule == HOLDS) {
        hold(neuron, spike, place, carried);
    }
}
