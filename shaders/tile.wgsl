// How `sensitivities` is divided, for a tile of columns: the derivatives of spike times, the state of every
// neuron, word by word, and the derivatives of what readouts show. Columns lie side by side, so that neighbouring invocations
// find what they need in neighbouring places.
// Needs types.wgsl, the words for currents, and the kernel's `sizes`, `sensitivities` and `parameters.tile_width`.

// Words of a neuron's state in one column.
const SENSITIVITY_WORDS: u32 = 2u + CURRENT_WORDS;

fn n_rows() -> u32 {
    return sizes.spikes_capacity - sizes.n_input_places;
}

// The derivative of a spike's time.
fn row_at(slot: u32, place: u32, column: u32) -> u32 {
    return (slot * n_rows() + place - sizes.n_input_places) * parameters.tile_width + column;
}

// The first word of a neuron's state, and how far its words are apart.
fn state_at(slot: u32, unit: u32, column: u32) -> u32 {
    let first = sizes.n_slots * n_rows() * parameters.tile_width;
    return first + (slot * sizes.n_units + unit) * parameters.tile_width + column;
}

fn state_words_apart() -> u32 {
    return sizes.n_slots * sizes.n_units * parameters.tile_width;
}

// The derivative of a readout neuron's integral (0), of its voltage at a requested time (from 1 on), or of its
// largest voltage (the last).
fn shown_at(slot: u32, readout: u32, shown: u32, column: u32) -> u32 {
    let first = sizes.n_slots * (n_rows() + SENSITIVITY_WORDS * sizes.n_units) * parameters.tile_width;
    let row = (slot * sizes.n_readouts + readout) * sizes.n_shown + shown;
    return first + row * parameters.tile_width + column;
}
