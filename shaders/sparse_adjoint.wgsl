// Takes one neuron back through a window: through its own spikes and releases, as arrivals only read its adjoint. Invocations
// beyond the neurons take one spike of a generator each, of which only the time is differentiated. Where spikes arrive in their own window
// that is gone through in passes, in turn with sparse_collect.wgsl: what arrivals find hangs on later events of the window alone, so each pass
// finds what those before have found and a spike more of every chain.
// Needs types.wgsl, sparse_types.wgsl, jump.wgsl, sparse_flow.wgsl, sparse_population.wgsl and sparse_adjoints.wgsl.

struct SparseAdjointParameters {
    // The window, and its length in ms.
    window: u32,
    window_length: f32,
    // How many neurons there are, of how many populations, with how many currents at most.
    n_neurons: u32,
    n_populations: u32,
    n_receptors: u32,
    // How many spikes of generators the window has.
    n_generated: u32,
    // Of how many windows adjoints are kept, and of which window `windows` speaks first.
    ring: u32,
    first_window: u32,
    // How many shares a spike has: WORKGROUP, or none where there are no synapses.
    n_shares: u32,
    // Whether what is found is kept, beside the adjoints at the window's events: zero in passes before the last.
    is_last: u32,
    // Zero, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseAdjointParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(31) var<storage, read_write> events: array<SparseEvent>;
@group(0) @binding(32) var<storage, read> shares: array<f32>;

// dL/d(spike time) but for what the reset adds: what the loss says, and what the spike's arrivals found.
fn collected(at: u32, first: u32) -> f32 {
    var sum = 0.0;
    // Four at a time: one software driver ends an invocation's loops after 65,535 turns. Where parameters
    // alone say how long a loop is, it compiles the kernel again for each dispatch.
    let own = (at - first) * WORKGROUP;
    for (var ix = own; ix < own + parameters.n_shares; ix += 4u) {
        sum += (shares[ix] + shares[ix + 1u]) + (shares[ix + 2u] + shares[ix + 3u]);
    }
    return events[at].ell + sum;
}

// One past the last of the events in [first, end) that is of a unit up to this.
fn end_of(unit: u32, first: u32, end: u32) -> u32 {
    var low = first;
    var high = end;
    while (low < high) {
        let middle = low + (high - low) / 2u;
        if (events[middle].unit <= unit) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// dL/dV and dL/dI before an interval, from what they are after it.
fn back(adjoint: SparseCell, flow: SparseFlow) -> SparseCell {
    var before = adjoint;
    before.currents = adjoint.currents + (adjoint.currents * flow.synapse + adjoint.potential * flow.gain);
    before.potential = adjoint.potential + adjoint.potential * flow.membrane;
    return before;
}

// dL/dV before a spike, to which `pending` is added; its event learns the rest.
fn back_through_spike(population: SparsePopulation, at: u32, first: u32, pending: f32, potential: f32) -> f32 {
    let rule = select(HOLDS, SUBTRACTS, population.is_held == 0u);
    let amount = population.threshold - population.reset_potential;
    let jump = spike_jump(rule, population.membrane_rate, amount, events[at].slope, 0.0);
    let ell = collected(at, first) + pending;
    let before = spike_transposed(jump, potential, ell);
    if (parameters.is_last != 0u) {
        events[at].ell = before.ell;
        events[at].threshold = before.threshold;
    }
    return before.potential;
}

@compute @workgroup_size(WORKGROUP)
fn sparse_adjoint(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = first_event(parameters.window);
    let end = first_event(parameters.window + 1u);
    let neuron = id.x;
    if (neuron >= parameters.n_neurons) {
        let generated = neuron - parameters.n_neurons;
        if (generated < parameters.n_generated && parameters.is_last != 0u) {
            let at = end - parameters.n_generated + generated;
            events[at].ell = collected(at, first);
        }
        return;
    }
    let population = populations[population_of(neuron)];
    let here = adjoint_place(parameters.window, neuron);
    var adjoint: SparseCell;
    adjoint.potential = adjoints[here];
    for (var k = 0u; k < population.n_receptors; k += 1u) {
        adjoint.currents[k] = adjoints[here + ADJOINT_WORDS + k];
    }
    var left = end_of(neuron, first, end);
    let has_events = left > first && events[max(left, 1u) - 1u].unit == neuron;
    adjoints[here + 1u] = select(0.0, f32(left - first), has_events);
    var pending = adjoints[pending_place(neuron)];
    var flow = SparseFlow(population.window_membrane, population.window_synapse, population.window_gain);
    if (has_events) {
        var time = parameters.window_length;
        while (left > first && events[left - 1u].unit == neuron) {
            left -= 1u;
            let event = events[left];
            adjoint = back(adjoint, sparse_flow(population, max(time - event.offset, 0.0)));
            time = min(event.offset, time);
            if (event.is_release != 0u) {
                pending += release_derivative(event.slope) * adjoint.potential;
                adjoint.potential = 0.0;
            } else {
                adjoint.potential = back_through_spike(population, left, first, pending, adjoint.potential);
                pending = 0.0;
            }
            events[left].potential = adjoint.potential;
            events[left].currents = adjoint.currents;
        }
        flow = sparse_flow(population, time);
    }
    if (parameters.is_last == 0u) {
        return;
    }
    adjoints[pending_place(neuron)] = pending;
    adjoint = back(adjoint, flow);
    let before = adjoint_place(parameters.window + parameters.ring - 1u, neuron);
    adjoints[before] = adjoint.potential;
    for (var k = 0u; k < population.n_receptors; k += 1u) {
        adjoints[before + ADJOINT_WORDS + k] = adjoint.currents[k];
    }
}
