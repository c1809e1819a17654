// Which synapses a spike reaches in a window. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, and the kernel's
// `parameters.window` and `word`, which is a word of the part of the synapses that it goes through.

// The row of a unit; empty where the piece has none.
fn row_of(piece: SparsePiece, unit: u32) -> vec2<u32> {
    let number = unit - piece.first_unit;
    if (number >= piece.n_units) {
        return vec2<u32>(0u, 0u);
    }
    return vec2<u32>(word(piece.starts + number), word(piece.starts + number + 1u));
}

// One if a synapse before `end` is reached earlier than in window `age` after the spike's.
fn is_earlier(piece: SparsePiece, ix: u32, end: u32, offset: f32, age: u32) -> u32 {
    // Loaded in any case: none of several waits for another.
    let delay = word(piece.delays + min(ix, end - 1u));
    return u32((ix < end) & (delay_windows(delay, offset) < age));
}

// The first synapse of a row that is reached in window `age` after the spike's or later, by eighths.
fn first_reached(piece: SparsePiece, row: vec2<u32>, offset: f32, age: u32) -> u32 {
    var low = row.x;
    var high = row.y;
    while (low < high) {
        let step = (high - low + 7u) / 8u;
        let last = low + step - 1u;
        let n = is_earlier(piece, last, high, offset, age)
            + is_earlier(piece, last + step, high, offset, age)
            + is_earlier(piece, last + 2u * step, high, offset, age)
            + is_earlier(piece, last + 3u * step, high, offset, age)
            + is_earlier(piece, last + 4u * step, high, offset, age)
            + is_earlier(piece, last + 5u * step, high, offset, age)
            + is_earlier(piece, last + 6u * step, high, offset, age);
        low += n * step;
        if (n < 7u) {
            high = min(high, low + step - 1u);
        }
    }
    return low;
}

// Which synapses of the piece a spike reaches in this window.
fn reached(piece: SparsePiece, unit: u32, window: u32, offset: f32) -> vec2<u32> {
    let row = row_of(piece, unit);
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
