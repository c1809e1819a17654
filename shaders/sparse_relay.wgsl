// Puts what the spikes of the latest pass through a window cause in that window into queues, in any order: as sparse_deliver.wgsl, which
// has put there what comes of earlier windows. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, sparse_source.wgsl,
// sparse_reached.wgsl and sparse_append.wgsl.

struct SparseRelayParameters {
    // The window, its place in its block, and its length in ms.
    window: u32,
    place: u32,
    window_length: f32,
    // The pass that comes now, from 2 on.
    pass_number: u32,
    // Where the list of spikes begins to hold those that a pass finds, how many it can, and how many arrivals each queue can hold.
    first_tried: u32,
    tried_capacity: u32,
    queue_capacity: u32,
    // The part of the synapses, as sparse_deliver.wgsl has it.
    first_source: u32,
    n_sources: u32,
    most_pieces: u32,
    delay_shift: u32,
    delay_unit: f32,
}

@group(0) @binding(0) var<uniform> parameters: SparseRelayParameters;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(22) var<storage, read_write> queues: array<SparseArrival>;
@group(0) @binding(26) var<storage, read> listed: array<SparseFired>;
@group(0) @binding(27) var<storage, read> sparse_sources: array<SparseSource>;
@group(0) @binding(28) var<storage, read> pieces: array<SparsePiece>;
@group(0) @binding(29) var<storage, read> synapses: array<u32>;

fn word(place: u32) -> u32 {
    return synapses[place];
}

@compute @workgroup_size(WORKGROUP)
fn sparse_relay(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let before = parameters.pass_number - 1u;
    if (atomicLoad(&counters[OVERFLOW]) != 0u || atomicLoad(&counters[CHANGED_IN + parameters.place]) < before) {
        return;
    }
    if (group.x == 0u && lane == 0u) {
        atomicStore(&counters[TRIED + parameters.pass_number % 2u], 0u);
    }
    let n_found = atomicLoad(&counters[TRIED + before % 2u]);
    if (n_found > parameters.tried_capacity) {
        atomicMax(&counters[FIRED_NEEDED], n_found);
        atomicMax(&counters[OVERFLOW], 1u);
        return;
    }
    let n_pairs = n_found * parameters.most_pieces;
    for (var pair = group.x; pair < n_pairs; pair += n_groups.x) {
        // In place of the window stands the chain.
        let found = listed[parameters.first_tried + pair / parameters.most_pieces];
        let spike = SparseFired(parameters.window, found.offset, found.unit);
        let source = source_of(spike.unit);
        let number = pair % parameters.most_pieces;
        if (number >= source.n_pieces) {
            continue;
        }
        let mark = (parameters.pass_number << PASS_SHIFT) | (found.window << CHAIN_SHIFT);
        if (deliver(pieces[source.first_piece + number], spike, lane, mark) && lane == 0u) {
            atomicMax(&counters[CAUSED_IN + parameters.place], parameters.pass_number);
        }
    }
}
