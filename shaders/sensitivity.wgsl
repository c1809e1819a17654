// A parallel stage's sensitivities through a window: one invocation is one column of one neuron of one
// slot. What comes after a neuron's last spike of the run is skipped, for nobody asks.
// Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl, first_arrival.wgsl,
// exponentials.wgsl, propagate.wgsl, hold.wgsl, column.wgsl, tile.wgsl, tile_state.wgsl, own_places.wgsl, own_column.wgsl, carry.wgsl,
// carry_spikes.wgsl, and of one current or several the words for them and the flow.

struct SensitivityParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // The population's first neuron among those of the network, and its stage.
    first_unit: u32,
    stage: u32,
    // The tile: its first column, which of its columns is the first that is meant, how many are, and for how many there is
    // room.
    first_column: u32,
    first_in_tile: u32,
    n_columns: u32,
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Whether nothing before or in this stage depends on the column: in one window, what is
// upstream of a synapse does not, nor does another neuron of its own stage.
fn is_untouched(column: Column, unit: u32) -> bool {
    if (sizes.n_windows > 1u || column.unit == NONE) {
        return false;
    }
    return parameters.stage < column.stage || (parameters.stage == column.stage && unit != column.unit);
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.z;
    let unit = parameters.first_unit + id.y;
    let neuron = neurons[unit];
    let in_tile = parameters.first_in_tile + id.x;
    let at = state_at(slot, unit, in_tile);
    var state = read_state(at);
    if (state.next == NONE) {
        return;
    }
    let column = columns[parameters.first_column + in_tile];
    if (is_untouched(column, unit)) {
        for (var place = state.next; place != NONE; place = spike_of(slot, place).next) {
            sensitivities[row_at(slot, place, in_tile)] = 0.0;
        }
        return;
    }
    var carried = resume(slot, neuron, state, spike_of(slot, state.next).previous);
    while (state.next != NONE) {
        let spike = spike_of(slot, state.next);
        if (spike.window != parameters.window) {
            break;
        }
        carry(slot, neuron, id.y, column, in_tile, &carried, spike.time, spike.remainder);
        fire(slot, neuron, column, in_tile, state.next, &carried);
        state.next = spike.next;
    }
    if (state.next != NONE) {
        carry(slot, neuron, id.y, column, in_tile, &carried, parameters.window_end, 0.0);
    }
    write_state(at, Sensitivity(carried.potential, carried.current, state.next));
}
