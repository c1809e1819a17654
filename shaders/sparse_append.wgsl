// Puts what a spike causes in this window into its targets' queues. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl,
// sparse_reached.wgsl, and the kernel's `counters`, `queues`, `synapses` and `parameters.queue_capacity`.

fn append(target_neuron: u32, arrival: SparseArrival) {
    let ix = atomicAdd(&counters[QUEUED + target_neuron], 1u);
    if (ix < parameters.queue_capacity) {
        queues[target_neuron * parameters.queue_capacity + ix] = arrival;
    }
}

// Of the synapses of a piece every 64th from a lane on; `mark` goes beside the receptor. Whether the spike arrives over any of the piece.
fn deliver(piece: SparsePiece, spike: SparseFired, lane: u32, mark: u32) -> bool {
    let run = reached(piece, spike.unit, spike.window, spike.offset);
    for (var ix = run.x + lane; ix < run.y; ix += WORKGROUP) {
        var arrival = SparseArrival(0.0, piece.weight, piece.receptor | mark);
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
    return run.x < run.y;
}
