// Puts what arrives in a window over one or two parts of the synapses into its targets' queues, in any order: a workgroup takes a
// spike and one piece of its synapses at a time, an invocation a synapse. A row is sorted by delay, so what arrives in this window is a run of it.
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
    // Where the list of spikes begins to hold those of neurons, and how many they are of windows before the block.
    first_listed: u32,
    n_recent: u32,
    // How many arrivals each queue can hold.
    queue_capacity: u32,
    // The part of the synapses: its first source, how many there are, whether another part follows that is gone through, too, and the
    // most pieces that a source has.
    first_source: u32,
    n_sources: u32,
    has_more: u32,
    most_pieces: u32,
    // Delays are counted in units of 2^-shift of a window; such a unit in ms.
    delay_shift: u32,
    delay_unit: f32,
}

@group(0) @binding(0) var<uniform> parameters: SparseDeliverParameters;
@group(0) @binding(5) var<storage, read_write> windows: array<u32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(22) var<storage, read_write> queues: array<SparseArrival>;
@group(0) @binding(25) var<storage, read> more_synapses: array<u32>;
@group(0) @binding(26) var<storage, read> listed: array<SparseFired>;
@group(0) @binding(27) var<storage, read> sparse_sources: array<SparseSource>;
@group(0) @binding(28) var<storage, read> pieces: array<SparsePiece>;
@group(0) @binding(29) var<storage, read> synapses: array<u32>;

// Which of two parts is gone through.
var<private> is_more: bool;

fn word(place: u32) -> u32 {
    var found: u32;
    if (is_more) {
        found = more_synapses[place];
    } else {
        found = synapses[place];
    }
    return found;
}

@compute @workgroup_size(WORKGROUP)
fn sparse_deliver(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let is_over = atomicLoad(&counters[OVERFLOW]) != 0u;
    let earliest = parameters.place;
    let end = parameters.n_recent + atomicLoad(&counters[LISTED]);
    let fired = vec2<u32>(windows[earliest], end);
    let first_made = parameters.first_generated + earliest;
    let made = vec2<u32>(windows[first_made], windows[first_made + parameters.reach_of_generated]);
    if (is_over) {
        return;
    }
    if (group.x == 0u && lane == 0u) {
        // Where this window's spikes begin.
        windows[earliest + parameters.reach] = end;
    }
    let n_fired = fired.y - fired.x;
    let n_pairs = (n_fired + made.y - made.x) * parameters.most_pieces;
    for (var pair = group.x; pair < n_pairs; pair += n_groups.x) {
        let k = pair / parameters.most_pieces;
        var at = parameters.first_listed + fired.x + k;
        if (k >= n_fired) {
            at = made.x + k - n_fired;
        }
        let spike = listed[at];
        let place = place_of_source(spike.unit);
        var source = sparse_sources[place];
        var number = pair % parameters.most_pieces;
        is_more = parameters.has_more != 0u && number >= source.n_pieces;
        if (is_more) {
            number -= source.n_pieces;
            source = sparse_sources[place + parameters.n_sources];
        }
        if (number >= source.n_pieces) {
            continue;
        }
        deliver(pieces[source.first_piece + number], spike, lane, 0u);
    }
}
