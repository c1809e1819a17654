// Puts what a spike causes in this window into its targets' queues. Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl,
// sparse_reached.wgsl, and the kernel's `counters`, `queues`, `word` and `parameters.queue_capacity`.

fn append(target_neuron: u32, arrival: SparseArrival) {
    let ix = atomicAdd(&counters[QUEUED + target_neuron], 1u);
    if (ix < parameters.queue_capacity) {
        queues[target_neuron * parameters.queue_capacity + ix] = arrival;
    }
}

// Of the synapses of a piece every 64th from a lane on; `mark` goes beside the receptor. Whether the spike arrives over any of them: if
// over any of the piece, then over one of the first lane's.
fn deliver(piece: SparsePiece, spike: SparseFired, lane: u32, mark: u32) -> bool {
    var row = row_of(piece, spike.unit);
    let age = parameters.window - spike.window;
    if (piece.delays != NONE) {
        row.x = first_reached(piece, row, spike.offset, age);
    } else if (delay_windows(piece.delay, spike.offset) != age) {
        return false;
    }
    var is_any = false;
    for (var ix = row.x + lane; ix < row.y; ix += WORKGROUP) {
        // Asked for before it is known whether the spike arrives over it.
        let target_neuron = word(piece.targets + ix);
        var arrival = SparseArrival(0.0, piece.weight, piece.receptor | mark);
        if (piece.weights != NONE) {
            arrival.weight = bitcast<f32>(word(piece.weights + ix));
        }
        var delay = piece.delay;
        if (piece.delays != NONE) {
            delay = word(piece.delays + ix);
        }
        if (delay_windows(delay, spike.offset) != age) {
            break;
        }
        arrival.offset = delay_offset(delay, spike.offset);
        append(target_neuron, arrival);
        is_any = true;
    }
    return is_any;
}
