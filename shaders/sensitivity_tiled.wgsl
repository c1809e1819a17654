// The sensitivities of a parallel stage whose neurons share their time constants and arrivals, through a window: what
// `sensitivity` does, as an outer product of weights and derivatives of arrival times. One workgroup is a block of neurons
// and columns of one slot, in the frame of frames.wgsl.
// For each neuron, column and arrival: three multiply-adds and an eighth, no exponential; loads from workgroup memory, 14
// numbers for 32 of them, 0.44; from buffers 1/32 for g, 1/128 for w and 1/128 for what describes the arrival. Exponentials
// are for the events of the neurons themselves, once for each event and four columns.
// Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl, first_arrival.wgsl,
// exponentials.wgsl, currents_one.wgsl, flow.wgsl, hold.wgsl, column.wgsl, tile.wgsl, tile_state.wgsl, own_places.wgsl,
// own_column.wgsl, intervals.wgsl, frames.wgsl, block.wgsl, block_columns.wgsl,
// block_batch.wgsl and block_events.wgsl.

struct SensitivityTiledParameters {
    // The window.
    window: u32,
    // The population's first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
    // The tile: its first column, which of its columns are meant, and for how many there is room.
    first_column: u32,
    first_in_tile: u32,
    end_in_tile: u32,
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityTiledParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(38) var<storage, read> intervals: array<vec4<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<private> slot_of_block: u32;

// Whether any of the block's neurons has a spike to come: then how many arrivals, else none.
var<workgroup> is_awaited: atomic<u32>;
var<workgroup> n_shared: u32;

// Where the neurons stand at the window's start: at rest in each column if nobody asks for them any more. Which have a spike to come,
// each a bit.
fn read_block(list: u32, first_neuron: u32, column_four: u32, first_in_tile: u32) -> u32 {
    var awaited = 0u;
    let apart = state_words_apart();
    for (var r = 0u; r < ROWS; r += 1u) {
        upcoming[r] = NONE;
        release[r] = NEVER;
        held_by[r] = NONE;
        cut[r] = NONE;
        var row = Row();
        let ix = first_neuron + r;
        if (ix < parameters.population_size && first_in_tile + column_four < parameters.end_in_tile) {
            let unit = parameters.first_unit + ix;
            let next = read_next(state_at(slot_of_block, unit, first_in_tile));
            upcoming[r] = next;
            if (next != NONE) {
                awaited |= 1u << r;
                for (var k = 0u; k < 4u; k += 1u) {
                    let column = in_tile(first_in_tile, column_four, k);
                    if (column < parameters.end_in_tile) {
                        let at = state_at(slot_of_block, unit, column);
                        row.u[k] = sensitivities[at];
                        row.j[k] = sensitivities[at + 2u * apart];
                    }
                }
                let previous = spike_of(slot_of_block, next).previous;
                if (previous != NONE && reset_rule(neurons[unit].refractory) == HOLDS) {
                    hold_row(r, neurons[unit], previous);
                }
                find_event(r, list);
            }
        }
        set_row(r, row);
    }
    find_next_cut();
    return awaited;
}

// Those of the neurons in `awaited`, each a bit; which spike is next only where it has changed.
fn write_block(first_neuron: u32, column_four: u32, first_in_tile: u32, awaited: u32) {
    let apart = state_words_apart();
    for (var r = 0u; r < ROWS; r += 1u) {
        if ((awaited & (1u << r)) == 0u) {
            continue;
        }
        let row = row_of(r);
        for (var k = 0u; k < 4u; k += 1u) {
            let column = in_tile(first_in_tile, column_four, k);
            if (column >= parameters.end_in_tile) {
                break;
            }
            let at = state_at(slot_of_block, parameters.first_unit + first_neuron + r, column);
            sensitivities[at] = row.u[k];
            sensitivities[at + 2u * apart] = row.j[k];
            if ((have_fired & (1u << r)) != 0u) {
                write_next(at, upcoming[r]);
            }
        }
    }
}

// An arrival that begins a frame, or brings weights that are columns: each of these moves its own neuron's current by 1.
fn meet_special(place: u32, at: u32, is_new: bool, first_row: u32, neuron_eight: u32, column_four: u32) {
    let frame = frame_of(slot_of_block, place);
    if (is_new) {
        carry_over(frame.carried, frame.membrane, frame.synapse);
    } else {
        carry_block(frame.carried);
    }
    add_arrival(at, frame.ratio, neuron_eight, column_four);
    let enter = frame.scale / rates_of(neurons[parameters.first_unit]);
    let are_weights = column_kinds[column_four] == vec4<u32>(WEIGHT);
    let indices = column_indices[column_four] - vec4<u32>(batch_arrivals[at].w + first_row);
    j[0] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(0u)));
    j[1] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(1u)));
    j[2] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(2u)));
    j[3] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(3u)));
    j[4] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(4u)));
    j[5] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(5u)));
    j[6] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(6u)));
    j[7] += enter * vec4<f32>(are_weights & (indices == vec4<u32>(7u)));
}

// The bits from a place on.
fn from_bit(mask: u32, place: u32) -> u32 {
    return mask & (0xffffffffu << place);
}

@compute @workgroup_size(BLOCK_LANES)
fn sensitivity_tiled(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    slot_of_block = group.z;
    let neuron_eight = lane / COLUMN_FOURS;
    let column_four = lane % COLUMN_FOURS;
    let first_neuron = group.y * BLOCK_NEURONS;
    let mine = first_neuron + ROWS * neuron_eight;
    let first_in_tile = parameters.first_in_tile + group.x * BLOCK_COLUMNS;
    let list = list_of(slot_of_block, neurons[parameters.first_unit]);
    if (lane == 0u) {
        atomicStore(&first_weight, NONE);
        atomicStore(&end_weight, 0u);
        atomicStore(&has_times, 0u);
        atomicStore(&is_awaited, 0u);
        clear_masks(0u);
    }
    workgroupBarrier();
    load_columns(lane, first_in_tile);
    find_weights(lane);
    let awaited = read_block(list, mine, column_four, first_in_tile);
    if (awaited != 0u) {
        atomicStore(&is_awaited, 1u);
    }
    workgroupBarrier();
    if (lane == 0u) {
        n_shared = select(0u, counters[list_counter(list)] + 1u, atomicLoad(&is_awaited) != 0u);
    }
    let n_places = workgroupUniformLoad(&n_shared);
    if (n_places == 0u) {
        return;
    }
    let n_arrivals = n_places - 1u;
    for (var base = 0u; base < n_arrivals; base += BLOCK_BATCH) {
        let turn = base / BLOCK_BATCH % 2u;
        let n = min(BLOCK_BATCH, n_arrivals - base);
        // None of the batch before is read any more.
        workgroupBarrier();
        if (is_reached_before()) {
            atomicOr(&masks[turn * BATCH_MASKS + REACHED], 1u);
        }
        load_arrivals(slot_of_block, list, base, n, turn, lane, first_neuron);
        workgroupBarrier();
        load_batch(n, turn, lane, first_neuron, first_in_tile);
        workgroupBarrier();
        if (lane == 0u) {
            clear_masks(1u - turn);
        }
        let rows = atomicLoad(&masks[turn * BATCH_MASKS + ROWS_HERE]);
        let new_frames = atomicLoad(&masks[turn * BATCH_MASKS + NEW_FRAMES]);
        let moved = atomicLoad(&masks[turn * BATCH_MASKS + MOVED]);
        var is_reached = atomicLoad(&masks[turn * BATCH_MASKS + REACHED]) != 0u;
        var k = 0u;
        while (k < n) {
            let stop = min(min(n, firstTrailingBit(from_bit(rows | new_frames, k))), next_cut - base);
            if (!is_reached) {
                // While every j is zero an arrival whose time no column moves changes nothing.
                k = min(stop, firstTrailingBit(from_bit(moved, k)));
                is_reached = k < stop;
            }
            while (k < stop) {
                let step = steps[k];
                carry_block(step.x);
                add_arrival(k, step.y, neuron_eight, column_four);
                k += 1u;
            }
            if (k == n) {
                break;
            }
            if (next_cut == base + k) {
                meet_event(next_row, list, parameters.first_unit + mine + next_row, column_four, first_in_tile);
                continue;
            }
            let is_new = (new_frames & (1u << k)) != 0u;
            meet_special(base + k, k, is_new, ROWS * neuron_eight, neuron_eight, column_four);
            is_reached = is_reached || ((rows | moved) & (1u << k)) != 0u;
            k += 1u;
        }
    }
    while (next_cut != NONE) {
        meet_event(next_row, list, parameters.first_unit + mine + next_row, column_four, first_in_tile);
    }
    let end = frame_of(slot_of_block, n_arrivals);
    carry_over(end.carried, end.membrane, end.synapse);
    write_block(mine, column_four, first_in_tile, awaited);
}
