// A neuron on its way through a window; `src/gpu/layout.rs` has the same for the host. Needs types.wgsl, and the words for currents
// of currents_one.wgsl or currents_several.wgsl.

struct State {
    current: Currents,
    // In a sequential stage: what reaches it at the time at which it is due, after its spike.
    pending: Currents,
    potential: f32,
    // The end of its hold, since the start of the window; NEVER where it is not held.
    release: f32,
    // Until when it has been advanced.
    time: f32,
    // The next arrival; NONE when it is through the window.
    cursor: u32,
    // Its first and last spikes of the run so far, as places in the slot's stretch.
    first: u32,
    last: u32,
    // Its latest spike among those fired in this window, which are not yet in order.
    fired: u32,
    // In a sequential stage: whether it fires at `time` too, as another neuron has; then the remainder of that time, else
    // NEVER.
    due: f32,
}

// At the start of a run.
fn state_at_start(neuron: Neuron) -> State {
    return State(Currents(), Currents(), neuron.initial, NEVER, 0.0, 0u, NONE, NONE, NONE, NEVER);
}
