// A neuron's state in a column of a tile. Needs types.wgsl and a writable `sensitivities`.

// A neuron's state in one column, at the window's start or at its latest spike in it.
struct Sensitivity {
    // dV/dp and dI/dp at fixed time.
    potential: f32,
    current: f32,
    // Its next spike, as a place in the stretch.
    next: u32,
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_state(at: u32) -> Sensitivity {
    let next = sensitivities[at + 2u];
    let place = select(u32(max(next, 0.0)), NONE, next < 0.0);
    return Sensitivity(sensitivities[at], sensitivities[at + 1u], place);
}

fn write_state(at: u32, state: Sensitivity) {
    sensitivities[at] = state.potential;
    sensitivities[at + 1u] = state.current;
    sensitivities[at + 2u] = select(f32(state.next), -1.0, state.next == NONE);
}
