// Notes what arrives in a window again, and where it comes from, in any order: as sparse_deliver.wgsl, from the events of windows that
// are over. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, sparse_source.wgsl and sparse_reached.wgsl.

struct SparseTraceParameters {
    // The window, and its length in ms.
    window: u32,
    window_length: f32,
    // Where `windows` has the first event that may arrive now, and after how many windows come those that do not.
    first_window: u32,
    reach: u32,
    // How many arrivals each neuron has room for.
    capacity: u32,
    // The part of the synapses, as sparse_deliver.wgsl has it; how many synapses lie in the parts before.
    first_source: u32,
    n_sources: u32,
    most_pieces: u32,
    first_synapse: u32,
    delay_shift: u32,
    delay_unit: f32,
}

@group(0) @binding(0) var<uniform> parameters: SparseTraceParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(27) var<storage, read> sparse_sources: array<SparseSource>;
@group(0) @binding(28) var<storage, read> pieces: array<SparsePiece>;
@group(0) @binding(29) var<storage, read> synapses: array<u32>;
@group(0) @binding(31) var<storage, read> events: array<SparseEvent>;
@group(0) @binding(36) var<storage, read_write> origins: array<SparseOrigin>;

fn word(place: u32) -> u32 {
    return synapses[place];
}

@compute @workgroup_size(WORKGROUP)
fn sparse_trace(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = windows[parameters.first_window];
    let n_pairs = (windows[parameters.first_window + parameters.reach] - first) * parameters.most_pieces;
    for (var pair = group.x; pair < n_pairs; pair += n_groups.x) {
        let at = first + pair / parameters.most_pieces;
        let event = events[at];
        let source = source_of(event.unit);
        let number = pair % parameters.most_pieces;
        if (event.is_release != 0u || number >= source.n_pieces) {
            continue;
        }
        let piece = pieces[source.first_piece + number];
        let run = reached(piece, event.unit, event.window, event.offset);
        for (var ix = run.x + lane; ix < run.y; ix += WORKGROUP) {
            var origin = SparseOrigin(0.0, piece.weight, piece.receptor, at, parameters.first_synapse + piece.derivatives + ix);
            if (piece.weights != NONE) {
                origin.weight = bitcast<f32>(synapses[piece.weights + ix]);
            }
            var delay = piece.delay;
            if (piece.delays != NONE) {
                delay = synapses[piece.delays + ix];
            }
            origin.offset = delay_offset(delay, event.offset);
            let target_neuron = synapses[piece.targets + ix];
            let place = atomicAdd(&counters[QUEUED + target_neuron], 1u);
            // A simulation had room for as many.
            if (place < parameters.capacity) {
                origins[target_neuron * (parameters.capacity + 1u) + place] = origin;
            }
        }
    }
}
