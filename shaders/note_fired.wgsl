// Which neurons have fired in a batch, chunk after chunk: one invocation is one neuron. Needs types.wgsl,
// the words for currents and state.wgsl.

struct NoteFiredParameters {
    // Whether no chunk of the batch came before.
    is_first_chunk: u32,
}

@group(0) @binding(0) var<uniform> parameters: NoteFiredParameters;
@group(0) @binding(8) var<storage, read> states: array<State>;
// After the gradient and what the optimiser remembers: 1 for each neuron that has fired.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn note_fired(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= sizes.n_units) {
        return;
    }
    let at = 3u * sizes.n_values + id.x;
    var has_fired = parameters.is_first_chunk == 0u && totals[at] != 0.0;
    for (var slot = 0u; slot < sizes.n_slots; slot += 1u) {
        has_fired = has_fired || states[slot * sizes.n_units + id.x].first != NONE;
    }
    totals[at] = f32(has_fired);
}
