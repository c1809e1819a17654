// Puts what arrives in a window into its targets' queues, in any order: a workgroup takes a spike and one
// piece of its synapses at a time, an invocation a synapse. A row is sorted by delay, so what arrives in this window is a run of it.
// Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, sparse_source.wgsl, sparse_reached.wgsl and sparse_append.wgsl.

struct SparseDeliverParameters {
    // The window, its place in its block, and its length in ms.
    window: u32,
    place: u32,
    window_length: f32,
    // How many windows back a spike may be that arrives now; of those of generators, one more than that where they may be of this window.
    reach: u32,
    reach_of_generated: u32,
    // Where `windows` begins to speak of generators.
    first_generated: u32,
    // Where the list of spikes begins to hold those of neurons.
    first_listed: u32,
    // How many arrivals each queue can hold.
    queue_capacity: u32,
    // The part of the synapses: its first source, how many there are, and the most pieces that one has.
    first_source: u32,
    n_sources: u32,
    most_pieces: u32,
    // Delays are counted in units of 2^-shift of a window; such a unit in ms.
    delay_shift: u32,
    delay_unit: f32,
}

@group(0) @binding(0) var<uniform> parameters: SparseDeliverParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(22) var<storage, read_write> queues: array<SparseArrival>;
@group(0) @binding(26) var<storage, read> listed: array<SparseFired>;
@group(0) @binding(27) var<storage, read> sparse_sources: array<SparseSource>;
@group(0) @binding(28) var<storage, read> pieces: array<SparsePiece>;
@group(0) @binding(29) var<storage, read> synapses: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn sparse_deliver(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    if (atomicLoad(&counters[OVERFLOW]) != 0u) {
        return;
    }
    let earliest = parameters.place;
    let fired = vec2<u32>(windows[earliest], windows[earliest + parameters.reach]);
    let first_made = parameters.first_generated + earliest;
    let made = vec2<u32>(windows[first_made], windows[first_made + parameters.reach_of_generated]);
    let n_fired = fired.y - fired.x;
    let n_pairs = (n_fired + made.y - made.x) * parameters.most_pieces;
    for (var pair = group.x; pair < n_pairs; pair += n_groups.x) {
        let k = pair / parameters.most_pieces;
        var at = parameters.first_listed + fired.x + k;
        if (k >= n_fired) {
            at = made.x + k - n_fired;
        }
        let spike = listed[at];
        let source = source_of(spike.unit);
        let number = pair % parameters.most_pieces;
        if (number >= source.n_pieces) {
            continue;
        }
        deliver(pieces[source.first_piece + number], spike, lane, 0u);
    }
}
