// Samples the state of one recorded neuron within a window: takes it through as sparse_advance.wgsl is about to, and changes
// nothing but the order of its queue. Needs types.wgsl, sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl,
// flow.wgsl, jump.wgsl, sparse_flow.wgsl, sparse_crossing.wgsl, sparse_sort.wgsl, sparse_population.wgsl, sparse_poisson.wgsl and
// sparse_walk.wgsl.

struct SparseRecordParameters {
    // The window, and its length in ms.
    window: u32,
    window_length: f32,
    n_populations: u32,
    // How many arrivals each queue can hold.
    queue_capacity: u32,
    // The neurons, and how many samples of each.
    first_neuron: u32,
    n_neurons: u32,
    n_samples: u32,
    // Where the samples begin.
    first_sample: u32,
    // For how many drives a neuron has room in `recorded_next`.
    most_drives: u32,
    // As sparse_advance.wgsl has it.
    n_passes: u32,
    // Zero, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseRecordParameters;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(21) var<storage, read> sparse_states: array<SparseState>;
@group(0) @binding(22) var<storage, read_write> queues: array<SparseArrival>;
@group(0) @binding(23) var<storage, read> drives: array<SparseDrive>;
@group(0) @binding(24) var<storage, read> upcoming: array<SparseNext>;
// For each neuron in order of their times.
@group(0) @binding(34) var<storage, read_write> samples: array<SparseSample>;
// The next arrivals of the neurons' drives.
@group(0) @binding(35) var<storage, read_write> recorded_next: array<SparseNext>;

// The neuron's next sample, and one past its last; where its drives' next arrivals begin.
var<private> sample: u32;
var<private> end_sample: u32;
var<private> first_next: u32;

// What sparse_walk.wgsl asks for.

fn place_of_next(population: SparsePopulation, number: u32, neuron: u32) -> u32 {
    return first_next + number;
}

fn next_at(place: u32) -> SparseNext {
    return recorded_next[place];
}

fn set_next(place: u32, next: SparseNext) {
    recorded_next[place] = next;
}

fn on_spike(population: SparsePopulation, state: SparseState, neuron: u32, time: f32) {
}

fn on_release(population: SparsePopulation, state: SparseState, neuron: u32, time: f32) {
}

// Samples what lies before the interval's end: what happens then has happened to a sample of that time.
fn on_interval(population: SparsePopulation, state: SparseState, start: f32, end: f32) {
    while (sample < end_sample && samples[sample].offset < end) {
        let flow = sparse_flow(population, max(samples[sample].offset - start, 0.0));
        if (state.release_window == NONE) {
            samples[sample].cell = flown(state.cell, flow);
        } else {
            samples[sample].cell = held(state.cell, flow);
        }
        sample += 1u;
    }
}

@compute @workgroup_size(WORKGROUP)
fn sparse_record(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_neurons || counters[OVERFLOW] != 0u) {
        return;
    }
    let neuron = parameters.first_neuron + id.x;
    let n_queued = counters[QUEUED + neuron];
    if (n_queued > parameters.queue_capacity) {
        // The block will be repeated.
        return;
    }
    sample = parameters.first_sample + id.x * parameters.n_samples;
    end_sample = sample + parameters.n_samples;
    first_next = id.x * parameters.most_drives;
    let population = populations[population_of(neuron)];
    for (var d = 0u; d < population.n_drives; d += 1u) {
        recorded_next[first_next + d] = upcoming[drives[population.first_drive + d].first + neuron];
    }
    var state = sparse_states[neuron];
    if (walk(population, &state, neuron, n_queued)) {
        // Those at the very end.
        on_interval(population, state, parameters.window_length, NEVER);
    }
}
