// Takes one neuron through a window, and notes what it fires; or, where spikes may arrive in their own window, finds in a pass what it
// would fire, as sparse_pass.wgsl says. Needs types.wgsl, sparse_types.wgsl, philox.wgsl,
// sparse_interval.wgsl, flow.wgsl, jump.wgsl, sparse_flow.wgsl, sparse_crossing.wgsl, sparse_sort.wgsl,
// sparse_population.wgsl, sparse_poisson.wgsl, sparse_walk.wgsl and sparse_pass.wgsl.

struct SparseAdvanceParameters {
    // The window, its place in its block, and its length in ms.
    window: u32,
    place: u32,
    window_length: f32,
    // The first neuron that is advanced, and where they end: all of the network, or those of one rank.
    first_neuron: u32,
    end_neuron: u32,
    // How many the network has.
    n_populations: u32,
    // How many arrivals each queue can hold.
    queue_capacity: u32,
    // Where the list of spikes begins to hold those of the block, for how many there is room, and after those for how many that a pass
    // finds.
    first_listed: u32,
    listed_capacity: u32,
    tried_capacity: u32,
    // How many of the block's events there is room for; zero where none are noted.
    events_capacity: u32,
    // How many passes there are, zero where no spike arrives in its own window; which of them this is, counted from 1, zero after the
    // last; where `upcoming` begins to hold what a pass draws.
    n_passes: u32,
    pass_number: u32,
    first_drawn: u32,
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
@group(0) @binding(26) var<storage, read_write> listed: array<SparseFired>;
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

// What sparse_walk.wgsl asks for.

fn place_of_next(population: SparsePopulation, number: u32, neuron: u32) -> u32 {
    return parameters.first_drawn + drives[population.first_drive + number].first + neuron;
}

fn next_at(place: u32) -> SparseNext {
    return upcoming[place];
}

fn set_next(place: u32, next: SparseNext) {
    upcoming[place] = next;
}

fn on_spike(population: SparsePopulation, state: SparseState, neuron: u32, time: f32) {
    if (parameters.pass_number != 0u) {
        find(neuron, time);
        return;
    }
    let ix = atomicAdd(&counters[LISTED], 1u);
    if (ix < parameters.listed_capacity) {
        listed[parameters.first_listed + ix] = SparseFired(parameters.window, time, neuron);
    } else {
        atomicMax(&counters[OVERFLOW], 1u);
    }
    note(population, state, neuron, time, false);
}

fn on_release(population: SparsePopulation, state: SparseState, neuron: u32, time: f32) {
    note(population, state, neuron, time, true);
}

fn on_interval(population: SparsePopulation, state: SparseState, start: f32, end: f32) {
}

@compute @workgroup_size(WORKGROUP)
fn sparse_advance(@builtin(global_invocation_id) id: vec3<u32>) {
    let neuron = parameters.first_neuron + id.x;
    if (neuron >= parameters.end_neuron) {
        return;
    }
    // Asked for at once: most of a short dispatch is waiting for memory.
    let is_over = atomicLoad(&counters[OVERFLOW]) != 0u;
    let n_queued = atomicLoad(&counters[QUEUED + neuron]);
    var state = sparse_states[neuron];
    let population = populations[population_of(neuron)];
    if (is_over || (parameters.n_passes != 0u && !is_due(neuron))) {
        return;
    }
    if (n_queued > parameters.queue_capacity) {
        atomicMax(&counters[ARRIVALS_NEEDED], n_queued);
        atomicMax(&counters[OVERFLOW], 1u);
        return;
    }
    let is_pass = parameters.pass_number != 0u;
    var n_left = n_queued;
    if (is_pass) {
        n_left = begin_pass(population, neuron, n_queued);
    }
    atomicStore(&counters[QUEUED + neuron], select(0u, n_left, is_pass));
    // One walk for both: some drivers go through both sides of a branch. A neuron that fires without end is named once all else is known.
    let is_bounded = walk(population, &state, neuron, n_left);
    if (is_pass) {
        end_pass(neuron);
        return;
    }
    if (!is_bounded) {
        atomicMax(&counters[RUNAWAY], neuron + 1u);
        atomicMax(&counters[OVERFLOW], 1u);
        return;
    }
    sparse_states[neuron] = state;
    if (chain != 0u) {
        atomicMax(&counters[DEPTH_IN + parameters.place], chain);
    }
}
