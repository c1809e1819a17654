// A parallel stage's sensitivities through a window: one invocation is one column of one neuron of one
// slot. What comes after a neuron's last spike of the run is skipped, for nobody asks.
// Needs types.wgsl, counters.wgsl, first_arrival.wgsl, flow.wgsl, hold.wgsl, tile.wgsl, tile_state.wgsl and carry.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;

// Whether nothing before or in this stage depends on the column: in one window, what is
// upstream of a synapse does not, nor does another neuron of its own stage.
fn is_untouched(column: Column, unit: u32) -> bool {
    if (step.n_windows > 1u || column.unit == NONE) {
        return false;
    }
    return step.stage < column.stage || (step.stage == column.stage && unit != column.unit);
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_columns) {
        return;
    }
    let slot = id.z;
    let unit = step.first_unit + id.y;
    let neuron = neurons[unit];
    let at = state_at(slot, unit, id.x);
    var state = read_state(at);
    if (state.next == NONE) {
        return;
    }
    let column = columns[step.first_column + id.x];
    if (is_untouched(column, unit)) {
        for (var place = state.next; place != NONE; place = spike_of(slot, place).next) {
            sensitivities[row_at(slot, place, id.x)] = 0.0;
        }
        return;
    }
    var carried = resume(slot, neuron, state, spike_of(slot, state.next).previous);
    while (state.next != NONE) {
        let spike = spike_of(slot, state.next);
        if (spike.window != step.window) {
            break;
        }
        carry(slot, neuron, id.y, column, id.x, &carried, spike.time, spike.remainder);
        fire(slot, neuron, column, id.x, state.next, &carried);
        state.next = spike.next;
    }
    if (state.next != NONE) {
        carry(slot, neuron, id.y, column, id.x, &carried, step.window_end, 0.0);
    }
    write_state(at, Sensitivity(carried.potential, carried.current, state.next));
}
