// By how much columns move the potential at each spike of a stage through the times of arrivals, in a run of one window: the
// product of product.wgsl, in place of the spikes' derivatives. One workgroup is a block of spikes, in order of time, and
// columns of one slot; one invocation has 4 by 8 of it in registers. A batch of arrivals at a time lies in workgroup memory;
// those that no column of the block moves are passed over, and the block ends before the first arrival after its last spike.
// For each spike, column and arrival: one multiply-add, and loads from workgroup memory, 12 numbers for 32 of them, 0.375.
// Needs types.wgsl, arrival.wgsl, counters.wgsl, spike_of.wgsl, first_arrival.wgsl, windows.wgsl, product.wgsl,
// currents_one.wgsl, tile.wgsl and block_columns.wgsl.

const BLOCK_SPIKES: u32 = 32u;
const BLOCK_COLUMNS: u32 = 64u;
// Fours of each.
const SPIKE_FOURS: u32 = 8u;
const COLUMN_FOURS: u32 = 16u;

struct SensitivityProductParameters {
    // Which source the population is, where its spikes lie in a slot's stretch, and which of a slot's lists has its arrivals.
    source: u32,
    source_base: u32,
    list: u32,
    // With more spikes there is no product; and how many factors there is room for in a slot.
    most_spikes: u32,
    capacity: u32,
    // The tile: its first column, which of its columns are meant, and for how many there is room.
    first_column: u32,
    first_in_tile: u32,
    end_in_tile: u32,
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityProductParameters;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(14) var<storage, read> columns: array<Column>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(43) var<storage, read> factors: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// [arrival][four of spikes], and [arrival][four of columns].
var<workgroup> batch_factors: array<vec4<f32>, BATCH * SPIKE_FOURS>;
var<workgroup> batch_moved: array<vec4<f32>, BATCH * COLUMN_FOURS>;
// Which arrivals of a batch some column moves, each a bit. Two by turns: one is cleared while the other is used.
var<workgroup> moved_bits: array<atomic<u32>, 2>;

// [spike][four of columns].
var<private> sums: array<vec4<f32>, 8>;

fn add_product(at: u32, spike_four: u32, column_four: u32) {
    let factor = batch_factors[at * SPIKE_FOURS + spike_four];
    let first = batch_moved[at * COLUMN_FOURS + column_four];
    let second = batch_moved[at * COLUMN_FOURS + column_four + COLUMN_FOURS / 2u];
    sums[0] = fma(vec4<f32>(factor.x), first, sums[0]);
    sums[1] = fma(vec4<f32>(factor.x), second, sums[1]);
    sums[2] = fma(vec4<f32>(factor.y), first, sums[2]);
    sums[3] = fma(vec4<f32>(factor.y), second, sums[3]);
    sums[4] = fma(vec4<f32>(factor.z), first, sums[4]);
    sums[5] = fma(vec4<f32>(factor.z), second, sums[5]);
    sums[6] = fma(vec4<f32>(factor.w), first, sums[6]);
    sums[7] = fma(vec4<f32>(factor.w), second, sums[7]);
}

// `n` arrivals from the list's place `base` on, by all invocations together.
fn load_moved(slot: u32, list: u32, base: u32, n: u32, turn: u32, lane: u32, first_in_tile: u32) {
    let first = arrivals_of(list) + base;
    for (var k = lane; k < n * COLUMN_FOURS; k += WORKGROUP) {
        let at = k / COLUMN_FOURS;
        let arrival = arrivals[first + at];
        let row = row_of_origin(slot, arrival.origin);
        let moved = moved_by(arrival.origin, row, projection_of(arrival), k % COLUMN_FOURS, first_in_tile);
        if (any(moved != vec4<f32>(0.0))) {
            atomicOr(&moved_bits[turn], 1u << at);
        }
        batch_moved[k] = moved;
    }
}

// The factors of the block's spikes and those arrivals that are moved.
fn load_factors(slot: u32, n_rows: u32, first_row: u32, base: u32, n: u32, moved: u32, lane: u32) {
    for (var k = lane; k < n * SPIKE_FOURS; k += WORKGROUP) {
        let at = k / SPIKE_FOURS;
        if ((moved & (1u << at)) == 0u) {
            continue;
        }
        let row = first_row + 4u * (k % SPIKE_FOURS);
        let first = factor_at(slot, parameters.capacity, n_rows, base + at, row);
        var four = vec4<f32>(0.0);
        for (var r = 0u; r < 4u; r += 1u) {
            if (row + r < n_rows) {
                four[r] = factors[first + r];
            }
        }
        batch_factors[k] = four;
    }
}

fn write_sums(slot: u32, n_rows: u32, row: u32, column_four: u32, first_in_tile: u32) {
    for (var r = 0u; r < 4u; r += 1u) {
        if (row + r >= n_rows) {
            return;
        }
        let at = row_at(slot, parameters.source_base + row + r, 0u);
        for (var half = 0u; half < 2u; half += 1u) {
            let four = sums[2u * r + half];
            for (var k = 0u; k < 4u; k += 1u) {
                let place = in_tile(first_in_tile, column_four + half * (COLUMN_FOURS / 2u), k);
                if (place < parameters.end_in_tile) {
                    sensitivities[at + place] = four[k];
                }
            }
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn sensitivity_product(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
) {
    let slot = group.z;
    let list = slot * sizes.n_lists + parameters.list;
    let n_rows = n_product_rows(slot, parameters.source, list, parameters.most_spikes);
    let first_row = group.y * BLOCK_SPIKES;
    if (first_row >= n_rows) {
        return;
    }
    let spike_four = lane / 8u;
    let column_four = lane % 8u;
    let first_in_tile = parameters.first_in_tile + group.x * BLOCK_COLUMNS;
    let last_row = min(first_row + BLOCK_SPIKES, n_rows) - 1u;
    let last = spike_of(slot, parameters.source_base + last_row);
    let n_arrivals = first_arrival(list, last.time);
    if (lane == 0u) {
        atomicStore(&moved_bits[0], 0u);
        atomicStore(&has_times, 0u);
    }
    workgroupBarrier();
    load_columns(lane, first_in_tile);
    for (var base = 0u; base < n_arrivals; base += BATCH) {
        let turn = base / BATCH % 2u;
        let n = min(BATCH, n_arrivals - base);
        // None of the batch before is read any more.
        workgroupBarrier();
        load_moved(slot, list, base, n, turn, lane, first_in_tile);
        workgroupBarrier();
        let moved = atomicLoad(&moved_bits[turn]);
        load_factors(slot, n_rows, first_row, base, n, moved, lane);
        if (lane == 0u) {
            atomicStore(&moved_bits[1u - turn], 0u);
        }
        workgroupBarrier();
        var left = moved;
        while (left != 0u) {
            add_product(firstTrailingBit(left), spike_four, column_four);
            left &= left - 1u;
        }
    }
    write_sums(slot, n_rows, first_row + 4u * spike_four, column_four, first_in_tile);
}
