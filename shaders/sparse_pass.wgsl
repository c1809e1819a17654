// Windows in which spikes may arrive themselves, in passes: each takes every neuron through the window from its start again, with the
// arrivals of earlier windows and those that the spikes of the pass before cause. A spike is later than its cause, and when it is
// depends on nothing later: after pass k every spike is right that has at most k spikes in its chain of causes, itself included, and a
// pass that finds the same as the one before has found all. Then the window is gone through once more, and that is kept. Until then a pass leaves nothing
// but its spikes, what they are told by, and the order of queues. Needs types.wgsl, sparse_types.wgsl, sparse_walk.wgsl, and
// what sparse_advance.wgsl binds.

// What the neuron's spikes of this pass are told by: their number, and two numbers that their times are mixed into.
var<private> found: vec3<u32>;

// A spike of a pass: its window is known, so its chain stands there.
fn find(neuron: u32, time: f32) {
    let bits = bitcast<u32>(time);
    found = vec3<u32>(found.x + 1u, (found.y ^ bits) * 0x9e3779b1u, (found.z + bits) * 0x85ebca6bu);
    let ix = atomicAdd(&counters[TRIED + parameters.pass_number % 2u], 1u);
    if (ix < parameters.tried_capacity) {
        let place = parameters.first_listed + parameters.listed_capacity + ix;
        listed[place] = SparseFired(chain + 1u, time, neuron);
    }
}

// Whether the window still needs this pass; whether it may be kept, after the last.
fn is_due(neuron: u32) -> bool {
    let changed = atomicLoad(&counters[CHANGED_IN + parameters.place]);
    if (parameters.pass_number == 0u) {
        if (neuron == 0u) {
            atomicStore(&counters[TRIED], 0u);
            atomicStore(&counters[TRIED + 1u], 0u);
        }
        if (changed == parameters.n_passes) {
            atomicMax(&counters[OVERFLOW], 1u);
        }
        return changed < parameters.n_passes;
    }
    // Without an arrival of its own spikes in this pass and the one before the window is as it was.
    let caused = atomicLoad(&counters[CAUSED_IN + parameters.place]);
    let before = parameters.pass_number - 1u;
    return before == 0u || (changed >= before && caused >= before);
}

// Takes what earlier passes sent out of a queue; how much is left.
fn without_outdated(first: u32, n_queued: u32) -> u32 {
    var n_left = 0u;
    for (var k = 0u; k < n_queued; k += 1u) {
        let arrival = queues[first + k];
        let sent = (arrival.receptor >> PASS_SHIFT) & ((1u << (CHAIN_SHIFT - PASS_SHIFT)) - 1u);
        if (sent == 0u || sent == parameters.pass_number) {
            queues[first + n_left] = arrival;
            n_left += 1u;
        }
    }
    return n_left;
}

// Readies a pass of one neuron; how many arrivals it has.
fn begin_pass(population: SparsePopulation, neuron: u32, n_queued: u32) -> u32 {
    let n_left = without_outdated(neuron * parameters.queue_capacity, n_queued);
    for (var d = 0u; d < population.n_drives; d += 1u) {
        let place = place_of_next(population, d, neuron);
        upcoming[place] = upcoming[place - parameters.first_drawn];
    }
    found = vec3<u32>(0u);
    return n_left;
}

// Compares what a pass has found of one neuron with what the one before had, and leaves it.
fn end_pass(neuron: u32) {
    let state = sparse_states[neuron];
    var before = vec3<u32>(state.n_found, state.cell.found0, state.cell.found1);
    if (parameters.pass_number == 1u) {
        before = vec3<u32>(0u);
    }
    if (any(found != before)) {
        atomicMax(&counters[CHANGED_IN + parameters.place], parameters.pass_number);
        if (parameters.pass_number == parameters.n_passes) {
            atomicMax(&counters[UNSETTLED], neuron + 1u);
        }
    }
    sparse_states[neuron].n_found = found.x;
    sparse_states[neuron].cell.found0 = found.y;
    sparse_states[neuron].cell.found1 = found.z;
}
