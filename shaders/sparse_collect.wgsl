// Collects what the arrivals of the spikes of one window found: a workgroup takes a spike, an invocation every 64th synapse of
// each of its rows. What they add to dL/d(spike time) is left as one share for each invocation, which sparse_adjoint.wgsl adds.
// No two spikes of a dispatch are of one unit, so no two invocations add to the derivatives of one synapse.
// Needs types.wgsl, sparse_types.wgsl, sparse_delay.wgsl, sparse_source.wgsl, exponentials.wgsl,
// currents_one.wgsl, flow.wgsl, propagate.wgsl, jump.wgsl and sparse_adjoints.wgsl.

struct SparseCollectParameters {
    // The window, its length in ms, and how many the run has.
    window: u32,
    window_length: f32,
    n_windows: u32,
    // How many neurons there are, with how many currents at most.
    n_neurons: u32,
    n_receptors: u32,
    // Of how many windows adjoints are kept, and of which window `windows` speaks first.
    ring: u32,
    first_window: u32,
    // The spikes: where `windows` lists their places among the events.
    first_item: u32,
    n_items: u32,
    // The part of the synapses, as sparse_deliver.wgsl has it.
    first_source: u32,
    n_sources: u32,
    delay_shift: u32,
    delay_unit: f32,
    // Whether it is the first part; whether the derivatives of synapses are added, as in a window's last pass.
    is_first: u32,
    is_last: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseCollectParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(12) var<storage, read> adjoints: array<f32>;
@group(0) @binding(27) var<storage, read> sparse_sources: array<SparseSource>;
@group(0) @binding(28) var<storage, read> pieces: array<SparsePiece>;
@group(0) @binding(29) var<storage, read> synapses: array<u32>;
@group(0) @binding(31) var<storage, read> events: array<SparseEvent>;
@group(0) @binding(32) var<storage, read_write> shares: array<f32>;
// By the weight and by the delay.
@group(0) @binding(33) var<storage, read_write> derivatives: array<vec2<f32>>;

// The rates of a receptor and of the membrane of a target.
fn rates_at(piece: SparsePiece, neuron: u32) -> vec2<f32> {
    if (piece.membrane_rate > 0.0) {
        return vec2<f32>(piece.synapse_rate, piece.membrane_rate);
    }
    let at = rates_place(neuron);
    return vec2<f32>(adjoints[at + 1u + piece.receptor], adjoints[at]);
}

// What a spike's arrival over a synapse of a row found; the answer is what it adds to dL/d(spike time).
fn collect(piece: SparsePiece, event: SparseEvent, ix: u32) -> f32 {
    var delay = piece.delay;
    if (piece.delays != NONE) {
        delay = synapses[piece.delays + ix];
    }
    let window = event.window + delay_windows(delay, event.offset);
    if (window >= parameters.n_windows) {
        return 0.0;
    }
    let offset = delay_offset(delay, event.offset);
    let target_neuron = synapses[piece.targets + ix];
    let ahead = adjoint_ahead(target_neuron, window, offset, piece.receptor);
    if (ahead.potential == 0.0 && ahead.current == 0.0) {
        return 0.0;
    }
    let rates = rates_at(piece, target_neuron);
    let flow = flow_over(rates.x, rates.y, ahead.elapsed);
    let found = adjoint_by(flow, vec2<f32>(ahead.potential, ahead.current));
    var weight = piece.weight;
    if (piece.weights != NONE) {
        weight = bitcast<f32>(synapses[piece.weights + ix]);
    }
    let moved = arrival_transposed(weight, rates.x, found);
    if (parameters.is_last != 0u) {
        let place = piece.derivatives + ix;
        derivatives[place] = derivatives[place] + vec2<f32>(found.y, moved);
    }
    return moved;
}

@compute @workgroup_size(WORKGROUP)
fn sparse_collect(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) n_groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    for (var item = group.x; item < parameters.n_items; item += n_groups.x) {
        let at = windows[parameters.first_item + item];
        let event = events[at];
        let share = (at - first_event(parameters.window)) * WORKGROUP + lane;
        var sum = 0.0;
        if (parameters.is_first == 0u) {
            sum = shares[share];
        }
        let source = source_of(event.unit);
        for (var k = 0u; k < source.n_pieces; k += 1u) {
            let piece = pieces[source.first_piece + k];
            let number = event.unit - piece.first_unit;
            if (number >= piece.n_units) {
                continue;
            }
            let end = synapses[piece.starts + number + 1u];
            for (var ix = synapses[piece.starts + number] + lane; ix < end; ix += WORKGROUP) {
                sum += collect(piece, event, ix);
            }
        }
        shares[share] = sum;
    }
}
