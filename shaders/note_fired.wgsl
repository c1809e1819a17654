// Which neurons have fired in a batch, chunk after chunk: one invocation is one neuron. Needs types.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(8) var<storage, read> states: array<State>;
// After the gradient and what the optimiser remembers: 1 for each neuron that has fired.
@group(0) @binding(16) var<storage, read_write> totals: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn note_fired(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_units) {
        return;
    }
    let at = 3u * step.n_values + id.x;
    var has_fired = step.is_start == 0u && totals[at] != 0.0;
    for (var slot = 0u; slot < step.n_slots; slot += 1u) {
        has_fired = has_fired || states[slot * step.n_units + id.x].first != NONE;
    }
    totals[at] = f32(has_fired);
}
