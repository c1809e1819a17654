// A neuron's state in a column of a tile. Needs types.wgsl, tile.wgsl, the words for
// currents, and a writable `sensitivities`.

// A neuron's state in one column, at the window's start or at its latest spike in it.
struct Sensitivity {
    // dV/dp and dI/dp of each current at fixed time.
    potential: f32,
    current: Currents,
    // Its next spike, as a place in the stretch.
    next: u32,
}

// From a place on, so many places apart.
fn read_currents(at: u32, apart: u32) -> Currents {
    var current = Currents();
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        current = with_current(current, k, sensitivities[at + k * apart]);
    }
    return current;
}

fn write_currents(at: u32, apart: u32, current: Currents) {
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        sensitivities[at + k * apart] = current_of(current, k);
    }
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_next(at: u32) -> u32 {
    let next = sensitivities[at + state_words_apart()];
    return select(u32(max(next, 0.0)), NONE, next < 0.0);
}

fn write_next(at: u32, next: u32) {
    sensitivities[at + state_words_apart()] = select(f32(next), -1.0, next == NONE);
}

fn read_state(at: u32) -> Sensitivity {
    let apart = state_words_apart();
    return Sensitivity(sensitivities[at], read_currents(at + 2u * apart, apart), read_next(at));
}

fn write_state(at: u32, state: Sensitivity) {
    let apart = state_words_apart();
    sensitivities[at] = state.potential;
    write_next(at, state.next);
    write_currents(at + 2u * apart, apart, state.current);
}
