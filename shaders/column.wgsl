// By how much a column moves a parameter or a time: by one if it is the column's own, else not; along a direction, by the
// direction's entry. A direction lies behind the parameters in `values`: an entry for each of them, one for each projection
// (of a delay that its synapses share), and one for each place of an input spike in each slot.
// Needs types.wgsl, and the kernel's `sizes` and `values`.

// Of a parameter at a place among the values.
fn moved_value(column: Column, kind: u32, place: u32) -> f32 {
    if (column.kind == DIRECTION) {
        return values[sizes.n_values + place];
    }
    return f32(column.kind == kind && column.index == place);
}

fn moved_shared_delay(column: Column, projection: u32) -> f32 {
    if (column.kind == DIRECTION) {
        return values[2u * sizes.n_values + projection];
    }
    return f32(column.kind == SHARED_DELAY && column.index == projection);
}

fn moved_input_time(column: Column, slot: u32, place: u32) -> f32 {
    if (column.kind == DIRECTION) {
        let first = 2u * sizes.n_values + sizes.n_projections;
        return values[first + slot * sizes.n_input_places + place];
    }
    return f32(column.kind == INPUT_TIME && column.index == place);
}
