// Sets the sensitivities of a tile of columns to zero, and every neuron before its first spike.
// Needs types.wgsl, the words for currents, state.wgsl, tile.wgsl and tile_state.wgsl.

struct SensitivityStartParameters {
    // The tile: how many columns it has, and for how many there is room.
    n_columns: u32,
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityStartParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn sensitivity_start(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.z;
    // Of a readout that word is what has been collected of the weight that has arrived.
    let is_readout = neurons[id.y].threshold == NONE;
    let first = select(states[slot * sizes.n_units + id.y].first, 0u, is_readout);
    write_state(state_at(slot, id.y, id.x), Sensitivity(0.0, Currents(), first));
}
