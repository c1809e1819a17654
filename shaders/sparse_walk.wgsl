// Takes one neuron through a window: its arrivals over synapses and those of its drives in order of time, exact
// crossings between them. The kernel says where the next arrivals of drives lie (`place_of_next`, `next_at`, `set_next`), and
// what becomes of intervals in which nothing happens, before they pass, and of spikes and releases (`on_interval`, `on_spike`, `on_release`).
// Needs types.wgsl, sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl, flow.wgsl, jump.wgsl, sparse_flow.wgsl,
// sparse_crossing.wgsl, sparse_sort.wgsl, sparse_poisson.wgsl, and the kernel's `queues`, `drives` and `parameters`.

// How many spikes of this window are in the longest chain that led to the neuron so far, each of which may have caused the next.
var<private> chain: u32;

// What of an arrival's word is its receptor.
const RECEPTOR: u32 = (1u << PASS_SHIFT) - 1u;

// What a spike makes of the neuron.
fn reset(population: SparsePopulation, state: ptr<function, SparseState>, time: f32) {
    (*state).cell.potential = population.reset_potential;
    (*state).cell.lost = 0.0;
    if (population.is_held != 0u) {
        let sum = time + population.held_rest;
        let is_carried = sum >= parameters.window_length;
        (*state).release_window = parameters.window + population.held_windows + u32(is_carried);
        (*state).release = min(sum - select(0.0, parameters.window_length, is_carried), parameters.window_length);
    }
}

// The drive that brings the next arrival in this window, NONE where none does, and that arrival: of several at one time the first drive's.
struct Due {
    driven: u32,
    next: SparseNext,
}

fn due_of(population: SparsePopulation, neuron: u32) -> Due {
    var due = Due(NONE, SparseNext(NONE, 0.0, 0u));
    for (var d = 0u; d < population.n_drives; d += 1u) {
        let next = next_at(place_of_next(population, d, neuron));
        if (next.window == parameters.window && (due.driven == NONE || next.offset < due.next.offset)) {
            due = Due(d, next);
        }
    }
    return due;
}

// Whether the neuron comes to the window's end: one that fires without end does not.
fn walk(population: SparsePopulation, state: ptr<function, SparseState>, neuron: u32, n_queued: u32) -> bool {
    let first_queued = neuron * parameters.queue_capacity;
    sort_queue(first_queued, n_queued);
    var time = 0.0;
    var cursor = 0u;
    var n_spikes = 0u;
    chain = 0u;
    var due = due_of(population, neuron);
    loop {
        // What comes next: an arrival over a synapse before one of a drive, and those in order.
        var until = parameters.window_length;
        let is_queued = cursor < n_queued;
        var arrival: SparseArrival;
        if (is_queued) {
            arrival = queues[first_queued + cursor];
            until = min(arrival.offset, until);
        }
        let is_driven = due.driven != NONE && (due.next.offset < until || (due.next.offset == until && !is_queued));
        if (is_driven) {
            until = due.next.offset;
        }
        until = max(until, time);
        if ((*state).release_window != NONE) {
            let is_released = (*state).release_window == parameters.window && (*state).release <= until;
            let to = select(until, max((*state).release, time), is_released);
            on_interval(population, *state, time, to);
            (*state).cell = held((*state).cell, sparse_flow(population, to - time));
            time = to;
            if (is_released) {
                (*state).release_window = NONE;
                on_release(population, *state, neuron, time);
                continue;
            }
        } else {
            let limit = until - time;
            var flow: SparseFlow;
            if (limit == parameters.window_length) {
                flow = SparseFlow(population.window_membrane, population.window_synapse, population.window_gain);
            } else {
                flow = sparse_flow(population, limit);
            }
            // Nothing happens in no time: of arrivals at one time each comes before what they cause.
            let is_possible = limit > 0.0
                && upper_bound(population, (*state).cell, flow) >= population.threshold - population.sliver;
            if (is_possible) {
                // Where spikes may arrive in their own window a crossing is sought to the window's end: when it is must not depend on
                // later arrivals, of which some follow from it.
                let is_in_passes = parameters.n_passes != 0u;
                let end = select(until, parameters.window_length, is_in_passes);
                let nearest = select(0.0, resolution_at(until), is_queued || is_driven || is_in_passes);
                let resolution = select(nearest, resolution_at(end), is_in_passes);
                let crossing = sparse_crossing(population, (*state).cell, end - time, resolution);
                if (crossing != NEVER && (!is_in_passes || time + crossing <= until + nearest)) {
                    let at = min(max(time + crossing, after(time)), until);
                    on_interval(population, *state, time, at);
                    (*state).cell = held((*state).cell, sparse_flow(population, crossing));
                    time = at;
                    n_spikes += 1u;
                    if (n_spikes > MOST_SPIKES) {
                        return false;
                    }
                    on_spike(population, *state, neuron, time);
                    reset(population, state, time);
                    continue;
                }
            }
            on_interval(population, *state, time, until);
            (*state).cell = flown((*state).cell, flow);
            time = until;
        }
        var arriving = vec4<f32>(0.0);
        if (is_driven) {
            let drive = drives[population.first_drive + due.driven];
            arriving[drive.receptor] = drive.weight;
            set_next(place_of_next(population, due.driven, neuron), drawn_after(drive, neuron, due.next));
            due = due_of(population, neuron);
        } else if (is_queued) {
            arriving[arrival.receptor & RECEPTOR] = arrival.weight;
            chain = max(chain, arrival.receptor >> CHAIN_SHIFT);
            cursor += 1u;
        } else {
            break;
        }
        (*state).cell = add_currents((*state).cell, arriving);
        (*state).n_arrivals += 1u;
    }
    return true;
}
