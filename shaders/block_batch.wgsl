// A batch of arrivals as a workgroup's block needs them, in workgroup memory. Needs types.wgsl, arrival.wgsl, column.wgsl,
// tile.wgsl, intervals.wgsl, frames.wgsl, block.wgsl, block_columns.wgsl, and the kernel's bindings.

// In which places of the values the weights lie that are columns of the block; without any the range is empty.
var<workgroup> first_weight: atomic<u32>;
var<workgroup> end_weight: atomic<u32>;

// What is known of a batch, each a bit for an arrival: whether any column moves its time, whether it brings one of the
// weights that are columns, whether it begins a frame; and whether any j was not zero before it. Two sets by turns: one is
// cleared while the other is used.
const MOVED: u32 = 0u;
const ROWS_HERE: u32 = 1u;
const NEW_FRAMES: u32 = 2u;
const REACHED: u32 = 3u;
const BATCH_MASKS: u32 = 4u;
var<workgroup> masks: array<atomic<u32>, 8>;

// Of each arrival of the batch, so that who loads weights and derivatives waits for no chain of loads: its origin, where the
// derivatives of that spike begin, its projection, and where the weights of the block's first neuron lie; and the frame's `scale`.
var<workgroup> batch_arrivals: array<vec4<u32>, BLOCK_BATCH>;
var<workgroup> batch_scales: array<f32, BLOCK_BATCH>;

// By one invocation, before the others.
fn clear_masks(turn: u32) {
    for (var k = 0u; k < BATCH_MASKS; k += 1u) {
        atomicStore(&masks[turn * BATCH_MASKS + k], 0u);
    }
}

// After the block's columns: where their weights lie.
fn find_weights(lane: u32) {
    if (lane >= COLUMN_FOURS) {
        return;
    }
    for (var k = 0u; k < 4u; k += 1u) {
        if (column_kinds[lane][k] == WEIGHT) {
            atomicMin(&first_weight, column_indices[lane][k]);
            atomicMax(&end_weight, column_indices[lane][k] + 1u);
        }
    }
}

// What the `n` arrivals from the list's place `base` on are, by an invocation for each; before `load_batch`.
fn load_arrivals(slot: u32, list: u32, base: u32, n: u32, turn: u32, lane: u32, first_neuron: u32) {
    if (lane >= n) {
        return;
    }
    let arrival = arrivals[arrivals_of(list) + base + lane];
    let frame = frame_of(slot, base + lane);
    let weights = arrival.weights + first_neuron;
    let n_neurons = min(BLOCK_NEURONS, parameters.population_size - first_neuron);
    steps[lane] = vec2<f32>(frame.carried, frame.ratio);
    batch_scales[lane] = frame.scale;
    let row = row_of_origin(slot, arrival.origin);
    batch_arrivals[lane] = vec4<u32>(arrival.origin, row, projection_of(arrival), weights);
    if (frame.is_new) {
        atomicOr(&masks[turn * BATCH_MASKS + NEW_FRAMES], 1u << lane);
    }
    if (weights < atomicLoad(&end_weight) && weights + n_neurons > atomicLoad(&first_weight)) {
        atomicOr(&masks[turn * BATCH_MASKS + ROWS_HERE], 1u << lane);
    }
}

// Their weights, and by how much the columns move them, by all invocations together.
fn load_batch(n: u32, turn: u32, lane: u32, first_neuron: u32, first_in_tile: u32) {
    let n_neurons = min(BLOCK_NEURONS, parameters.population_size - first_neuron);
    for (var k = lane; k < n * NEURON_FOURS; k += BLOCK_LANES) {
        let neuron = 4u * (k % NEURON_FOURS);
        let weights = batch_arrivals[k / NEURON_FOURS].w + neuron;
        var w = vec4<f32>(0.0);
        for (var r = 0u; r < 4u; r += 1u) {
            if (neuron + r < n_neurons) {
                w[r] = values[weights + r];
            }
        }
        batch_weights[k] = w;
    }
    for (var k = lane; k < n * COLUMN_FOURS; k += BLOCK_LANES) {
        let at = k / COLUMN_FOURS;
        let arrival = batch_arrivals[at];
        let moved = moved_by(arrival.x, arrival.y, arrival.z, k % COLUMN_FOURS, first_in_tile);
        if (any(moved != vec4<f32>(0.0))) {
            atomicOr(&masks[turn * BATCH_MASKS + MOVED], 1u << at);
        }
        batch_moved[k] = batch_scales[at] * moved;
    }
}
