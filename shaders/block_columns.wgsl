// The columns of a workgroup's block, and by how much they move arrivals. A four of columns is every COLUMN_FOURS-th from its
// first on, so that neighbouring invocations, which have neighbouring fours, read and write neighbouring places.
// Needs types.wgsl, arrival.wgsl, tile.wgsl, and the kernel's bindings, COLUMN_FOURS, and `parameters.first_column` and
// `parameters.end_in_tile`.

// Kinds and indices in fours.
var<workgroup> column_kinds: array<vec4<u32>, COLUMN_FOURS>;
var<workgroup> column_indices: array<vec4<u32>, COLUMN_FOURS>;
// Whether any of them is the time of an input spike or the delay of a projection.
var<workgroup> has_times: atomic<u32>;

// Where a column of a four lies in the tile.
fn in_tile(first_in_tile: u32, four: u32, k: u32) -> u32 {
    return first_in_tile + four + COLUMN_FOURS * k;
}

// After `has_times` was set to zero.
fn load_columns(lane: u32, first_in_tile: u32) {
    if (lane >= COLUMN_FOURS) {
        return;
    }
    var kinds = vec4<u32>(NONE);
    var indices = vec4<u32>(NONE);
    for (var k = 0u; k < 4u; k += 1u) {
        let place = in_tile(first_in_tile, lane, k);
        if (place < parameters.end_in_tile) {
            let column = columns[parameters.first_column + place];
            kinds[k] = column.kind;
            indices[k] = column.index;
        }
    }
    column_kinds[lane] = kinds;
    column_indices[lane] = indices;
    if (any(kinds == vec4<u32>(INPUT_TIME)) || any(kinds == vec4<u32>(SHARED_DELAY))) {
        atomicStore(&has_times, 1u);
    }
}

// Where the derivatives of an arrival's spike begin; NONE of an input's.
fn row_of_origin(slot: u32, origin: u32) -> u32 {
    if (origin < sizes.n_input_places) {
        return NONE;
    }
    return row_at(slot, origin, 0u);
}

// By how much four columns move the time of an arrival of that origin, row and projection.
fn moved_by(origin: u32, row: u32, projection: u32, four: u32, first_in_tile: u32) -> vec4<f32> {
    var moved = vec4<f32>(0.0);
    if (row != NONE) {
        for (var k = 0u; k < 4u; k += 1u) {
            let place = in_tile(first_in_tile, four, k);
            if (place < parameters.end_in_tile) {
                moved[k] = sensitivities[row + place];
            }
        }
    }
    if (atomicLoad(&has_times) != 0u) {
        let kinds = column_kinds[four];
        let indices = column_indices[four];
        let are_inputs = (kinds == vec4<u32>(INPUT_TIME)) & vec4<bool>(row == NONE);
        let are_delays = kinds == vec4<u32>(SHARED_DELAY);
        moved += vec4<f32>(are_inputs & (indices == vec4<u32>(origin)));
        moved += vec4<f32>(are_delays & (indices == vec4<u32>(projection)));
    }
    return moved;
}
