// Takes one neuron through a window: its arrivals over synapses and those of its drives in order of time, exact
// crossings between them. Needs types.wgsl, sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl, flow.wgsl, jump.wgsl,
// sparse_flow.wgsl, sparse_crossing.wgsl, sparse_sort.wgsl, sparse_population.wgsl and sparse_poisson.wgsl.

struct SparseAdvanceParameters {
    // The window, its place in its block, and its length in ms.
    window: u32,
    place: u32,
    window_length: f32,
    // How many the network has.
    n_neurons: u32,
    n_populations: u32,
    // How many arrivals each queue can hold, and how many spikes of the window there is room for.
    queue_capacity: u32,
    fired_capacity: u32,
    // How many of the block's events there is room for; zero where none are noted.
    events_capacity: u32,
    // Zero, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseAdvanceParameters;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(21) var<storage, read_write> sparse_states: array<SparseState>;
@group(0) @binding(22) var<storage, read_write> queues: array<SparseArrival>;
@group(0) @binding(23) var<storage, read> drives: array<SparseDrive>;
@group(0) @binding(24) var<storage, read_write> upcoming: array<SparseNext>;
@group(0) @binding(25) var<storage, read_write> sparse_fired: array<SparseFired>;
@group(0) @binding(31) var<storage, read_write> events: array<SparseEvent>;

// Notes a spike or a release for the way back: its time, and dV/dt before the one or after the other.
fn note(population: SparsePopulation, state: SparseState, neuron: u32, time: f32, is_release: bool) {
    if (parameters.events_capacity == 0u) {
        return;
    }
    let ix = atomicAdd(&counters[NOTED], 1u);
    if (ix >= parameters.events_capacity) {
        atomicMax(&counters[OVERFLOW], 1u);
        return;
    }
    let potential = select(population.threshold, population.reset_potential, is_release);
    let current = dot(state.cell.currents, vec4<f32>(1.0)) + dot(state.cell.lost_currents, vec4<f32>(1.0));
    var event: SparseEvent;
    event.window = parameters.window;
    event.offset = time;
    event.unit = neuron;
    event.is_release = u32(is_release);
    event.slope = rate_of(population.membrane_rate, potential, current);
    events[ix] = event;
}

// Notes a spike and resets the neuron.
fn fire(population: SparsePopulation, state: ptr<function, SparseState>, neuron: u32, time: f32) {
    let ix = atomicAdd(&counters[FIRED_IN + parameters.place], 1u);
    if (ix < parameters.fired_capacity) {
        sparse_fired[ix] = SparseFired(parameters.window, time, neuron);
    }
    note(population, *state, neuron, time, false);
    (*state).cell.potential = population.reset_potential;
    (*state).cell.lost = 0.0;
    if (population.is_held != 0u) {
        let sum = time + population.held_rest;
        let is_carried = sum >= parameters.window_length;
        (*state).release_window = parameters.window + population.held_windows + u32(is_carried);
        (*state).release = min(sum - select(0.0, parameters.window_length, is_carried), parameters.window_length);
    }
}

@compute @workgroup_size(WORKGROUP)
fn sparse_advance(@builtin(global_invocation_id) id: vec3<u32>) {
    let neuron = id.x;
    if (neuron >= parameters.n_neurons || atomicLoad(&counters[OVERFLOW]) != 0u) {
        return;
    }
    let n_queued = atomicExchange(&counters[QUEUED + neuron], 0u);
    if (n_queued > parameters.queue_capacity) {
        atomicMax(&counters[ARRIVALS_NEEDED], n_queued);
        atomicMax(&counters[OVERFLOW], 1u);
        return;
    }
    let first_queued = neuron * parameters.queue_capacity;
    sort_queue(first_queued, n_queued);
    let population = populations[population_of(neuron)];
    var state = sparse_states[neuron];
    var time = 0.0;
    var cursor = 0u;
    var n_spikes = 0u;
    loop {
        // What comes next: an arrival over a synapse before one of a drive, and those in order.
        var until = parameters.window_length;
        let is_queued = cursor < n_queued;
        if (is_queued) {
            until = min(queues[first_queued + cursor].offset, until);
        }
        var driven = NONE;
        for (var d = 0u; d < population.n_drives; d += 1u) {
            let drive = population.first_drive + d;
            let next = upcoming[drives[drive].first + neuron - population.first_neuron];
            if (next.window == parameters.window && (next.offset < until || (next.offset == until && !is_queued && driven == NONE))) {
                until = next.offset;
                driven = drive;
            }
        }
        until = max(until, time);
        if (state.release_window != NONE) {
            let is_released = state.release_window == parameters.window && state.release <= until;
            let to = select(until, max(state.release, time), is_released);
            state.cell = held(state.cell, sparse_flow(population, to - time));
            time = to;
            if (is_released) {
                state.release_window = NONE;
                note(population, state, neuron, time, true);
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
                && upper_bound(population, state.cell, flow) >= population.threshold - population.sliver;
            if (is_possible) {
                let resolution = select(0.0, resolution_at(until), is_queued || driven != NONE);
                let crossing = sparse_crossing(population, state.cell, limit, resolution);
                if (crossing != NEVER) {
                    state.cell = held(state.cell, sparse_flow(population, crossing));
                    time = min(max(time + crossing, after(time)), until);
                    n_spikes += 1u;
                    if (n_spikes > MOST_SPIKES) {
                        atomicMax(&counters[RUNAWAY], neuron + 1u);
                        atomicMax(&counters[OVERFLOW], 1u);
                        return;
                    }
                    fire(population, &state, neuron, time);
                    continue;
                }
            }
            state.cell = flown(state.cell, flow);
            time = until;
        }
        var arriving = vec4<f32>(0.0);
        if (driven != NONE) {
            let drive = drives[driven];
            arriving[drive.receptor] = drive.weight;
            draw_next(drive, neuron, drive.first + neuron - population.first_neuron);
        } else if (is_queued) {
            let arrival = queues[first_queued + cursor];
            arriving[arrival.receptor] = arrival.weight;
            cursor += 1u;
        } else {
            break;
        }
        state.cell = add_currents(state.cell, arriving);
        state.n_arrivals += 1u;
    }
    sparse_states[neuron] = state;
}
