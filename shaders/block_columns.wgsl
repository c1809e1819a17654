// The columns of a workgroup's block, and by how much they move arrivals. Needs types.wgsl, arrival.wgsl,
// tile.wgsl, and the kernel's bindings, COLUMN_FOURS, and `parameters.first_column` and `parameters.end_in_tile`.

// Kinds and indices in fours.
var<workgroup> column_kinds: array<vec4<u32>, COLUMN_FOURS>;
var<workgroup> column_indices: array<vec4<u32>, COLUMN_FOURS>;

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
