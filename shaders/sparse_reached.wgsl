// Which synapses a spike reaches in a window. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, and the kernel's `synapses` and
// `parameters.window`.

// The first synapse of a row that is reached in window `age` after the spike's or later.
fn first_reached(piece: SparsePiece, row: vec2<u32>, offset: f32, age: u32) -> u32 {
    var low = row.x;
    var high = row.y;
    while (low < high) {
        let middle = low + (high - low) / 2u;
        if (delay_windows(synapses[piece.delays + middle], offset) < age) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// Which synapses of the piece a spike reaches in this window.
fn reached(piece: SparsePiece, unit: u32, window: u32, offset: f32) -> vec2<u32> {
    let number = unit - piece.first_unit;
    if (number >= piece.n_units) {
        return vec2<u32>(0u, 0u);
    }
    let row = vec2<u32>(synapses[piece.starts + number], synapses[piece.starts + number + 1u]);
    let age = parameters.window - window;
    if (piece.delays == NONE) {
        if (delay_windows(piece.delay, offset) == age) {
            return row;
        }
        return vec2<u32>(0u, 0u);
    }
    let first = first_reached(piece, row, offset, age);
    return vec2<u32>(first, first_reached(piece, vec2<u32>(first, row.y), offset, age + 1u));
}
