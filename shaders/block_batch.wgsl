// A batch of arrivals as a workgroup's block needs them, in workgroup memory. Needs types.wgsl, arrival.wgsl, column.wgsl,
// tile.wgsl, intervals.wgsl, frames.wgsl, block.wgsl, and the kernel's bindings.

// Of the block's columns: kinds and indices in fours, and in which places of the values its weights lie; without weights the
// range is empty.
var<workgroup> column_kinds: array<vec4<u32>, COLUMN_FOURS>;
var<workgroup> column_indices: array<vec4<u32>, COLUMN_FOURS>;
var<workgroup> first_weight: atomic<u32>;
var<workgroup> end_weight: atomic<u32>;

// What is known of a batch, each a bit for an arrival: whether any column moves its time, whether it brings one of the
// weights that are columns, whether it begins a frame; and whether any j was not zero before it. Two sets by turns: one is
// cleared while the other is used.
const MOVED: u32 = 0u;
const ROWS: u32 = 1u;
const NEW_FRAMES: u32 = 2u;
const REACHED: u32 = 3u;
const BATCH_MASKS: u32 = 4u;
var<workgroup> masks: array<atomic<u32>, 8>;

// By one invocation, before the others.
fn clear_masks(turn: u32) {
    for (var k = 0u; k < BATCH_MASKS; k += 1u) {
        atomicStore(&masks[turn * BATCH_MASKS + k], 0u);
    }
}

fn load_columns(lane: u32, first_in_tile: u32) {
    if (lane >= COLUMN_FOURS) {
        return;
    }
    var kinds = vec4<u32>(NONE);
    var indices = vec4<u32>(NONE);
    for (var k = 0u; k < 4u; k += 1u) {
        let in_tile = first_in_tile + 4u * lane + k;
        if (in_tile >= parameters.end_in_tile) {
            break;
        }
        let column = columns[parameters.first_column + in_tile];
        kinds[k] = column.kind;
        indices[k] = column.index;
        if (column.kind == WEIGHT) {
            atomicMin(&first_weight, column.index);
            atomicMax(&end_weight, column.index + 1u);
        }
    }
    column_kinds[lane] = kinds;
    column_indices[lane] = indices;
}

// By how much four columns move the time of an arrival.
fn moved_by(slot: u32, arrival: Arrival, four: u32, first_in_tile: u32) -> vec4<f32> {
    var moved = vec4<f32>(0.0);
    let is_input = arrival.origin < sizes.n_input_places;
    let in_tile = first_in_tile + 4u * four;
    if (!is_input) {
        let row = row_at(slot, arrival.origin, in_tile);
        for (var k = 0u; k < 4u; k += 1u) {
            if (in_tile + k < parameters.end_in_tile) {
                moved[k] = sensitivities[row + k];
            }
        }
    }
    let kinds = column_kinds[four];
    let indices = column_indices[four];
    let are_inputs = kinds == vec4<u32>(INPUT_TIME);
    let are_delays = kinds == vec4<u32>(SHARED_DELAY);
    let is_here = indices == vec4<u32>(arrival.origin);
    let is_projection = indices == vec4<u32>(projection_of(arrival));
    moved += vec4<f32>(are_inputs & is_here & vec4<bool>(is_input));
    return moved + vec4<f32>(are_delays & is_projection);
}

// `n` arrivals from the list's place `base` on, by all invocations together.
fn load_batch(slot: u32, list: u32, base: u32, n: u32, turn: u32, lane: u32, first_neuron: u32, first_in_tile: u32) {
    let first = list * sizes.arrivals_capacity + base;
    let n_neurons = min(BLOCK_NEURONS, parameters.population_size - first_neuron);
    if (lane < n) {
        let frame = frame_of(slot, base + lane);
        steps[lane] = vec2<f32>(frame.carried, frame.ratio);
        let row = arrivals[first + lane].weights + first_neuron;
        if (frame.is_new) {
            atomicOr(&masks[turn * BATCH_MASKS + NEW_FRAMES], 1u << lane);
        }
        if (row < atomicLoad(&end_weight) && row + n_neurons > atomicLoad(&first_weight)) {
            atomicOr(&masks[turn * BATCH_MASKS + ROWS], 1u << lane);
        }
    }
    for (var k = lane; k < n * NEURON_FOURS; k += WORKGROUP) {
        let neuron = 4u * (k % NEURON_FOURS);
        let row = arrivals[first + k / NEURON_FOURS].weights + first_neuron + neuron;
        var w = vec4<f32>(0.0);
        for (var r = 0u; r < 4u; r += 1u) {
            if (neuron + r < n_neurons) {
                w[r] = values[row + r];
            }
        }
        batch_weights[k] = w;
    }
    for (var k = lane; k < n * COLUMN_FOURS; k += WORKGROUP) {
        let at = k / COLUMN_FOURS;
        let moved = moved_by(slot, arrivals[first + at], k % COLUMN_FOURS, first_in_tile);
        if (any(moved != vec4<f32>(0.0))) {
            atomicOr(&masks[turn * BATCH_MASKS + MOVED], 1u << at);
        }
        batch_moved[k] = frame_of(slot, base + at).scale * moved;
    }
}
