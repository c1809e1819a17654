// Puts what arrives in a window into its targets' queues, in any order: a workgroup takes a spike and one
// piece of its synapses at a time, an invocation a synapse. A row is sorted by delay, so what arrives in this window is a run of it.
// Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, sparse_source.wgsl and sparse_reached.wgsl.

struct SparseDeliverParameters {
    // The window, its place in its block, and its length in ms.
    window: u32,
    place: u32,
    window_length: f32,
    // How many windows back a spike may be that arrives now.
    reach: u32,
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

fn append(target_neuron: u32, arrival: SparseArrival) {
    let ix = atomicAdd(&counters[QUEUED + target_neuron], 1u);
    if (ix < parameters.queue_capacity) {
        queues[target_neuron * parameters.queue_capacity + ix] = arrival;
    }
}

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
    let made = vec2<u32>(windows[parameters.first_generated + earliest], windows[parameters.first_generated + earliest + parameters.reach]);
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
        let piece = pieces[source.first_piece + number];
        let run = reached(piece, spike.unit, spike.window, spike.offset);
        for (var ix = run.x + lane; ix < run.y; ix += WORKGROUP) {
            var arrival = SparseArrival(0.0, piece.weight, piece.receptor);
            if (piece.weights != NONE) {
                arrival.weight = bitcast<f32>(synapses[piece.weights + ix]);
            }
            var delay = piece.delay;
            if (piece.delays != NONE) {
                delay = synapses[piece.delays + ix];
            }
            arrival.offset = delay_offset(delay, spike.offset);
            append(synapses[piece.targets + ix], arrival);
        }
    }
}
