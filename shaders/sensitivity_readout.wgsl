// The sensitivities of a population without threshold through a window: one invocation is one column of one
// neuron of one slot. The derivative of the integral of V is
// (-dV(T) + (d(total weight arrived) - dI(T)) / a) / b, of several currents with the sum of their terms.
// Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, first_arrival.wgsl, exponentials.wgsl,
// propagate.wgsl, maximum.wgsl, column.wgsl, tile.wgsl, tile_state.wgsl, own_places.wgsl, own_column.wgsl, carry.wgsl, and of one
// current or several the words for them and the flow.

struct SensitivityReadoutParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // The population's first neuron among those of the network, and among those of all readouts.
    first_unit: u32,
    readout: u32,
    // Which of the requested times lie in this window.
    first_requested: u32,
    end_requested: u32,
    // The tile: its first column, how many it has, and for how many there is room.
    first_column: u32,
    n_columns: u32,
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityReadoutParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// Requested times, since the start of their windows; then [slot][readout neuron] where the largest voltage was.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// To the largest voltage.
fn show_maximum(
    slot: u32,
    neuron: Neuron,
    ix: u32,
    column: Column,
    column_ix: u32,
    carried: ptr<function, Carried>,
    maximum: Maximum,
) {
    carry(slot, neuron, ix, column, column_ix, carried, maximum.time, 0.0);
    var sum = (*carried).potential;
    let first = arrivals_in(slot, neuron.list);
    for (var k = maximum.first; k < maximum.end; k += 1u) {
        let arrival = arrivals[first + k];
        let worth = worth_of(maximum, k, values[arrival.weights + ix]);
        sum += worth * arrival_derivative(slot, ix, arrival, column, column_ix);
    }
    let shown = 1u + sizes.n_times;
    sum += own_derivative(column, neuron, own_shown_at(slot, parameters.readout + ix, shown));
    sensitivities[shown_at(slot, parameters.readout + ix, shown, column_ix)] = sum;
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_readout(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.z;
    let unit = parameters.first_unit + id.y;
    let readout = parameters.readout + id.y;
    let neuron = neurons[unit];
    let at = state_at(slot, unit, id.x);
    let state = read_state(at);
    let column = columns[parameters.first_column + id.x];
    var carried = Carried(state.potential, state.current, 0.0, 0u, NEVER, NONE);
    let maximum = maximum_of(slot, readout, id.y, list_of(slot, neuron));
    var is_due = maximum.time >= 0.0;
    for (var time = parameters.first_requested; time < parameters.end_requested; time += 1u) {
        if (is_due && maximum.time <= requested[time]) {
            show_maximum(slot, neuron, id.y, column, id.x, &carried, maximum);
            is_due = false;
        }
        carry(slot, neuron, id.y, column, id.x, &carried, requested[time], 0.0);
        let own = own_derivative(column, neuron, own_shown_at(slot, readout, 1u + time));
        sensitivities[shown_at(slot, readout, 1u + time, id.x)] = carried.potential + own;
    }
    if (is_due) {
        show_maximum(slot, neuron, id.y, column, id.x, &carried, maximum);
    }
    carry(slot, neuron, id.y, column, id.x, &carried, parameters.window_end, 0.0);
    // The derivative of what has been collected of all weight that has arrived; the second word of a readout's state.
    var arrived = sensitivities[at + state_words_apart()];
    if (column.kind == DIRECTION || (column.kind == WEIGHT && column.unit == unit)) {
        let first = arrivals_in(slot, neuron.list);
        for (var k = 0u; k < n_arrivals(slot, neuron); k += 1u) {
            let arrival = arrivals[first + k];
            let moved = moved_value(column, WEIGHT, arrival.weights + id.y);
            arrived += collected(neuron, receptor_of(arrival), moved);
        }
    }
    if (parameters.window + 1u == sizes.n_windows) {
        let charge = charge_of(neuron, arrived, carried.current);
        let integral = (charge - carried.potential) / neuron.membrane_rate;
        let own = own_derivative(column, neuron, own_shown_at(slot, readout, 0u));
        sensitivities[shown_at(slot, readout, 0u, id.x)] = integral + own;
    }
    sensitivities[at] = carried.potential;
    sensitivities[at + state_words_apart()] = arrived;
    write_currents(at + 2u * state_words_apart(), state_words_apart(), carried.current);
}
