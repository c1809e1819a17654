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

fn read_currents(at: u32) -> Currents {
    var current = Currents();
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        current = with_current(current, k, sensitivities[at + k]);
    }
    return current;
}

fn write_currents(at: u32, current: Currents) {
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        sensitivities[at + k] = current_of(current, k);
    }
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_state(at: u32) -> Sensitivity {
    let next = sensitivities[at + 1u];
    let place = select(u32(max(next, 0.0)), NONE, next < 0.0);
    return Sensitivity(sensitivities[at], read_currents(at + 2u), place);
}

fn write_state(at: u32, state: Sensitivity) {
    sensitivities[at] = state.potential;
    sensitivities[at + 1u] = select(f32(state.next), -1.0, state.next == NONE);
    write_currents(at + 2u, state.current);
}
