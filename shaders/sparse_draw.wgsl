// Draws the Poisson arrivals of one neuron in some windows again, and adds up what they found: dL/d(weight of a drive)
// is the sum of dL/dI over its arrivals. `upcoming` is as it was at the first window's start. Sums are of a window at a time, from the last
// on, so that which windows are drawn at once shows in no bit. Needs types.wgsl, sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl,
// jump.wgsl, sparse_flow.wgsl, sparse_population.wgsl, sparse_poisson.wgsl and sparse_adjoints.wgsl.

struct SparseDrawParameters {
    // The windows, at most MOST_DRAWN, and their length in ms.
    window: u32,
    n_windows: u32,
    window_length: f32,
    // How many neurons there are, of how many populations, with how many currents at most.
    n_neurons: u32,
    n_populations: u32,
    n_receptors: u32,
    // Of how many windows adjoints are kept, and of which window `windows` speaks first.
    ring: u32,
    first_window: u32,
    // Zero, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseDrawParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(12) var<storage, read> adjoints: array<f32>;
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(23) var<storage, read> drives: array<SparseDrive>;
@group(0) @binding(24) var<storage, read_write> upcoming: array<SparseNext>;
@group(0) @binding(31) var<storage, read> events: array<SparseEvent>;

// dL/dI at an arrival.
fn found(population: SparsePopulation, neuron: u32, at: SparseNext, receptor: u32) -> f32 {
    let ahead = adjoint_ahead(neuron, at.window, at.offset, receptor);
    let flow = sparse_flow(population, ahead.elapsed);
    return ahead.current + (ahead.current * flow.synapse[receptor] + ahead.potential * flow.gain[receptor]);
}

@compute @workgroup_size(WORKGROUP)
fn sparse_draw(@builtin(global_invocation_id) id: vec3<u32>) {
    let neuron = id.x;
    if (neuron >= parameters.n_neurons) {
        return;
    }
    let population = populations[population_of(neuron)];
    for (var d = 0u; d < population.n_drives; d += 1u) {
        let drive = drives[population.first_drive + d];
        let at = drive.first + neuron;
        var sums: array<f32, MOST_DRAWN>;
        // Windows are counted in 32 bits, and the last is below 2^31.
        while (upcoming[at].window < parameters.window + parameters.n_windows) {
            let now = upcoming[at];
            sums[now.window - parameters.window] += found(population, neuron, now, drive.receptor);
            upcoming[at] = drawn_after(drive, neuron, now);
        }
        var total = totals[at];
        for (var k = parameters.n_windows; k > 0u; k -= 1u) {
            total += sums[k - 1u];
        }
        totals[at] = total;
    }
}
