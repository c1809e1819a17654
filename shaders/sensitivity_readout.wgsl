// The sensitivities of a population without threshold through a window: one invocation is one column of one
// neuron of one slot. The derivative of the integral of V is
// (-dV(T) + (d(total weight arrived) - dI(T)) / a) / b.
// Needs types.wgsl, counters.wgsl, first_arrival.wgsl, flow.wgsl, hold.wgsl, maximum.wgsl, tile.wgsl, tile_state.wgsl
// and carry.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// Requested times, since the start of their windows; then [slot][readout neuron] where the largest voltage was.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;

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
    let first = list_of(slot, neuron) * step.arrivals_capacity;
    for (var k = maximum.first; k < maximum.end; k += 1u) {
        let arrival = arrivals[first + k];
        let worth = worth_of(maximum, k, values[arrival.weights + ix]);
        sum += worth * arrival_derivative(slot, ix, arrival, column, column_ix);
    }
    sensitivities[shown_at(slot, step.readout + ix, 1u + step.n_times, column_ix)] = sum;
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_readout(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_columns) {
        return;
    }
    let slot = id.z;
    let unit = step.first_unit + id.y;
    let readout = step.readout + id.y;
    let neuron = neurons[unit];
    let at = state_at(slot, unit, id.x);
    let state = read_state(at);
    let column = columns[step.first_column + id.x];
    var carried = Carried(state.potential, state.current, 0.0, 0u, NEVER, NONE);
    let maximum = maximum_of(slot, readout, id.y, list_of(slot, neuron));
    var is_due = maximum.time >= 0.0;
    for (var time = step.first_time; time < step.end_time; time += 1u) {
        if (is_due && maximum.time <= requested[time]) {
            show_maximum(slot, neuron, id.y, column, id.x, &carried, maximum);
            is_due = false;
        }
        carry(slot, neuron, id.y, column, id.x, &carried, requested[time], 0.0);
        sensitivities[shown_at(slot, readout, 1u + time, id.x)] = carried.potential;
    }
    if (is_due) {
        show_maximum(slot, neuron, id.y, column, id.x, &carried, maximum);
    }
    carry(slot, neuron, id.y, column, id.x, &carried, step.window_end, 0.0);
    var n_used = state.next;
    if (column.kind == WEIGHT && column.unit == unit) {
        let first = list_of(slot, neuron) * step.arrivals_capacity;
        for (var k = 0u; k < n_arrivals(slot, neuron); k += 1u) {
            n_used += u32(arrivals[first + k].weights + id.y == column.index);
        }
    }
    if (step.window + 1u == step.n_windows) {
        let charge = (f32(n_used) - carried.current) / neuron.synapse_rate;
        let integral = (charge - carried.potential) / neuron.membrane_rate;
        sensitivities[shown_at(slot, readout, 0u, id.x)] = integral;
    }
    write_state(at, Sensitivity(carried.potential, carried.current, n_used));
}
