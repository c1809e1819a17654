// The sensitivities of a parallel stage in a run of one window to columns that move one of its neurons or none: its own
// weights, thresholds and neurons' values, and those of later stages. Nothing upstream depends on them, so no arrival's time
// moves. One invocation is one column of one slot. It carries the neuron that the column moves; the derivatives of the others'
// spikes are zero, and are set to it by as many invocations as take OTHERS of them each. Arrivals, which the neurons share, come
// through workgroup memory.
// Needs types.wgsl, the words for currents, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl,
// first_arrival.wgsl, exponentials.wgsl, the flow, propagate.wgsl, hold.wgsl, arrival.wgsl, column.wgsl, tile.wgsl,
// tile_state.wgsl, own_places.wgsl, own_column.wgsl, state.wgsl, carry.wgsl and carry_spikes.wgsl.

// Spikes that an invocation sets to zero at most.
const OTHERS: u32 = 64u;

struct SensitivityOwnParameters {
    // The window.
    window: u32,
    // The population's first neuron among those of the network, how many they are, and where its spikes lie in a slot's
    // stretch.
    first_unit: u32,
    population_size: u32,
    first_place: u32,
    end_place: u32,
    // The tile: its first column, which of its columns is the first that is meant, how many are, and for how many there is
    // room.
    first_column: u32,
    first_in_tile: u32,
    n_columns: u32,
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityOwnParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Of each arrival of a batch: where its row's weights begin among the values, its time, and the receptor.
var<workgroup> rows: array<u32, BATCH>;
var<workgroup> times: array<f32, BATCH>;
var<workgroup> receptors: array<u32, BATCH>;
// Among the values where the weights lie that are columns of the workgroup, and which arrivals of a batch bring some of them, each
// a bit. Two by turns: one is cleared while the other is used.
var<workgroup> first_weight: atomic<u32>;
var<workgroup> end_weight: atomic<u32>;
var<workgroup> brought: array<atomic<u32>, 2>;

// `own` is the neuron that the column moves, counted within the population.
fn clear_others(slot: u32, in_tile: u32, own: u32, first: u32) {
    let end = min(first + OTHERS, parameters.end_place);
    for (var place = first; place < end; place += 1u) {
        if (spike_of(slot, place).unit != own) {
            sensitivities[row_at(slot, place, in_tile)] = 0.0;
        }
    }
}

// Through the neuron's spikes up to a time: one at the time of an arrival comes before it.
fn fire_until(
    slot: u32,
    neuron: Neuron,
    column: Column,
    in_tile: u32,
    next: ptr<function, u32>,
    carried: ptr<function, Carried>,
    time: f32,
) {
    while (*next != NONE) {
        let spike = spike_of(slot, *next);
        if (spike.time > time) {
            break;
        }
        flow_through(slot, neuron, in_tile, carried, spike.time, spike.remainder);
        fire(slot, neuron, column, in_tile, *next, carried);
        *next = spike.next;
    }
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_own(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.z;
    let in_range = group.x * WORKGROUP + lane;
    let in_tile = parameters.first_in_tile + in_range;
    var column = Column(NONE, NONE, NONE, NONE, NONE);
    if (in_range < parameters.n_columns) {
        column = columns[parameters.first_column + in_tile];
        let own = column.unit - parameters.first_unit;
        clear_others(slot, in_tile, own, parameters.first_place + group.y * OTHERS);
    }
    if (group.y > 0u) {
        return;
    }
    // A neuron of this population's, or of a later stage's.
    let ix = column.unit - parameters.first_unit;
    let is_own = column.unit != NONE && ix < parameters.population_size;
    let unit = select(parameters.first_unit, column.unit, is_own);
    let neuron = neurons[unit];
    var next = select(NONE, states[slot * sizes.n_units + unit].first, is_own);
    var carried = Carried(0.0, Currents(), 0.0, 0u, NEVER, NONE);
    let list = list_of(slot, neurons[parameters.first_unit]);
    let n = counters[list_counter(list)];
    let is_weight = is_own && column.kind == WEIGHT;
    if (lane == 0u) {
        atomicStore(&first_weight, NONE);
        atomicStore(&end_weight, 0u);
        atomicStore(&brought[0], 0u);
    }
    workgroupBarrier();
    if (is_weight) {
        atomicMin(&first_weight, column.index);
        atomicMax(&end_weight, column.index + 1u);
    }
    let first_place = arrivals_of(list);
    for (var base = 0u; base < n; base += BATCH) {
        let turn = base / BATCH % 2u;
        // None of the batch before is read any more.
        workgroupBarrier();
        if (lane < min(BATCH, n - base)) {
            let arrival = arrivals[first_place + base + lane];
            rows[lane] = arrival.weights;
            times[lane] = arrival.time;
            receptors[lane] = receptor_of(arrival);
            let end = arrival.weights + parameters.population_size;
            if (arrival.weights < atomicLoad(&end_weight) && end > atomicLoad(&first_weight)) {
                atomicOr(&brought[turn], 1u << lane);
            }
        }
        workgroupBarrier();
        if (lane == 0u) {
            atomicStore(&brought[1u - turn], 0u);
        }
        var left = select(0u, atomicLoad(&brought[turn]), is_weight && next != NONE);
        while (left != 0u) {
            let k = firstTrailingBit(left);
            left &= left - 1u;
            if (rows[k] + ix == column.index) {
                fire_until(slot, neuron, column, in_tile, &next, &carried, times[k]);
                flow_through(slot, neuron, in_tile, &carried, times[k], 0.0);
                // What arrival_forward does where no time moves.
                carried.current = added(carried.current, receptors[k], 1.0);
            }
        }
    }
    fire_until(slot, neuron, column, in_tile, &next, &carried, NEVER);
}
