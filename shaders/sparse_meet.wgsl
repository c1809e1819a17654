// Puts the arrivals of one neuron in a window in order, marks their end, and goes on to the first arrivals of its drives that are not
// before the window. Needs types.wgsl, sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl, sparse_population.wgsl and
// sparse_poisson.wgsl.

struct SparseMeetParameters {
    // The window, and its length in ms.
    window: u32,
    window_length: f32,
    n_neurons: u32,
    n_populations: u32,
    // How many arrivals each neuron has room for.
    capacity: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseMeetParameters;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(23) var<storage, read> drives: array<SparseDrive>;
@group(0) @binding(24) var<storage, read_write> upcoming: array<SparseNext>;
@group(0) @binding(36) var<storage, read_write> origins: array<SparseOrigin>;

// No two are equal: a spike crosses a synapse once.
fn comes_before(a: SparseOrigin, b: SparseOrigin) -> bool {
    if (a.offset != b.offset) {
        return a.offset < b.offset;
    }
    if (a.synapse != b.synapse) {
        return a.synapse < b.synapse;
    }
    return a.event < b.event;
}

// Shell's sort, as in sparse_sort.wgsl.
fn sort_origins(first: u32, n: u32) {
    var gap = 1u;
    while (3u * gap < n) {
        gap = 3u * gap + 1u;
    }
    while (gap > 0u) {
        for (var k = gap; k < n; k += 1u) {
            let origin = origins[first + k];
            var to = k;
            while (to >= gap) {
                let other = origins[first + to - gap];
                if (!comes_before(origin, other)) {
                    break;
                }
                origins[first + to] = other;
                to -= gap;
            }
            origins[first + to] = origin;
        }
        gap /= 3u;
    }
}

@compute @workgroup_size(WORKGROUP)
fn sparse_meet(@builtin(global_invocation_id) id: vec3<u32>) {
    let neuron = id.x;
    if (neuron >= parameters.n_neurons) {
        return;
    }
    let n = min(atomicExchange(&counters[QUEUED + neuron], 0u), parameters.capacity);
    let first = neuron * (parameters.capacity + 1u);
    sort_origins(first, n);
    origins[first + n].event = NONE;
    let population = populations[population_of(neuron)];
    for (var d = 0u; d < population.n_drives; d += 1u) {
        let drive = drives[population.first_drive + d];
        let at = drive.first + neuron;
        while (upcoming[at].window < parameters.window) {
            upcoming[at] = drawn_after(drive, neuron, upcoming[at]);
        }
    }
}
