// How `adjoints` is divided, and what it says of a neuron at any time of a window. Of the latest windows, a ring, it
// holds every neuron's adjoint at the window's end; after them for each neuron what its releases add to its next spike back; where
// neurons of a population differ then for each neuron its rates.
// Arrivals only read an adjoint, so between a neuron's own events it flows. Needs types.wgsl, sparse_types.wgsl, and the kernel's
// `adjoints`, `events`, `windows` and `parameters`.

fn adjoint_words() -> u32 {
    return ADJOINT_WORDS + parameters.n_receptors;
}

fn adjoint_place(window: u32, neuron: u32) -> u32 {
    return ((window % parameters.ring) * parameters.n_neurons + neuron) * adjoint_words();
}

fn pending_place(neuron: u32) -> u32 {
    return parameters.ring * parameters.n_neurons * adjoint_words() + neuron;
}

// Of a neuron: the rate of its membrane, and of each receptor.
fn rates_place(neuron: u32) -> u32 {
    return pending_place(parameters.n_neurons) + neuron * (1u + parameters.n_receptors);
}

// Where the events of a window begin.
fn first_event(window: u32) -> u32 {
    return windows[window - parameters.first_window];
}

// A neuron's adjoint at what came next after a time: dL/dV, dL/dI of a receptor, and how long after, in ms.
struct Ahead {
    potential: f32,
    current: f32,
    elapsed: f32,
}

// After `offset` in a window. At one time the neuron's own events come before what arrives.
fn adjoint_ahead(neuron: u32, window: u32, offset: f32, receptor: u32) -> Ahead {
    let at = adjoint_place(window, neuron);
    var ahead = Ahead(adjoints[at], adjoints[at + ADJOINT_WORDS + receptor], parameters.window_length - offset);
    let n_events = u32(adjoints[at + 1u]);
    if (n_events > 0u) {
        let first = first_event(window);
        var ix = first + n_events;
        while (ix > first) {
            ix -= 1u;
            if (events[ix].unit != neuron || events[ix].offset <= offset) {
                break;
            }
            ahead = Ahead(events[ix].potential, events[ix].currents[receptor], events[ix].offset - offset);
        }
    }
    ahead.elapsed = max(ahead.elapsed, 0.0);
    return ahead;
}
