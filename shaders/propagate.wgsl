// A neuron's state and its adjoint over an interval without events. Needs flow.wgsl or flow_several.wgsl, and the words for
// currents of currents_one.wgsl or currents_several.wgsl.

// V and its currents after the interval.
fn advance_by(flow: Flow, state: Pair) -> Pair {
    return Pair(
        state.x + (state.x * flow.membrane + total(state.y * flow.gain)),
        state.y + state.y * flow.synapse,
    );
}

// The adjoints of V and its currents before the interval: the transpose.
fn adjoint_by(flow: Flow, state: Pair) -> Pair {
    return Pair(
        state.x + state.x * flow.membrane,
        state.y + (state.y * flow.synapse + state.x * flow.gain),
    );
}
