// Sets the sensitivities of a tile of columns to zero, and every neuron before its first spike.
// Needs types.wgsl and tile.wgsl, tile_state.wgsl.

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn sensitivity_start(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= step.n_columns) {
        return;
    }
    let slot = id.z;
    // Of a readout the third word counts, from zero.
    let is_readout = neurons[id.y].threshold == NONE;
    let first = select(states[slot * step.n_units + id.y].first, 0u, is_readout);
    write_state(state_at(slot, id.y, id.x), Sensitivity(0.0, 0.0, first));
}
