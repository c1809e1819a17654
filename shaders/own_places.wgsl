// How the end of `sensitivities`, behind a tile of columns, is divided where the time constants, rest and initial
// potentials of neurons are asked for: derivatives of a neuron's potential with respect to its own values while events stay
// (`src/cpu/own_values.rs` has the formulas), just before each spike; the state of every neuron; and the derivatives of
// what readouts show. Needs types.wgsl, tile.wgsl, and the kernel's `sizes`, `sensitivities` and `parameters.tile_width`.

// Words of a neuron's state.
const OWN_WORDS: u32 = 5u + 4u * CURRENT_WORDS;
// The derivatives: by the membrane time constant, those of the receptors, the potential to which it decays, that at the start.
const OWN_DERIVATIVES: u32 = 3u + CURRENT_WORDS;

fn first_own() -> u32 {
    let n_shown = sizes.n_readouts * sizes.n_shown;
    return sizes.n_slots * (n_rows() + SENSITIVITY_WORDS * sizes.n_units + n_shown) * parameters.tile_width;
}

fn own_spike_at(sample: u32, place: u32) -> u32 {
    return first_own() + (sample * n_rows() + place - sizes.n_input_places) * OWN_DERIVATIVES;
}

fn own_state_at(sample: u32, unit: u32) -> u32 {
    let first = first_own() + sizes.n_slots * n_rows() * OWN_DERIVATIVES;
    return first + (sample * sizes.n_units + unit) * OWN_WORDS;
}

// Shown as `shown_at` in tile.wgsl says.
fn own_shown_at(sample: u32, readout: u32, shown: u32) -> u32 {
    let first = first_own() + sizes.n_slots * (n_rows() * OWN_DERIVATIVES + sizes.n_units * OWN_WORDS);
    return first + ((sample * sizes.n_readouts + readout) * sizes.n_shown + shown) * OWN_DERIVATIVES;
}
