// Sets the sensitivities of a population's neurons to a range of a tile's columns to zero, each before its first spike. Where
// they are a product nobody asks for them: then each is as after its last.
// Needs types.wgsl, the words for currents, counters.wgsl, reached.wgsl, windows.wgsl, product.wgsl, state.wgsl, tile.wgsl and
// tile_state.wgsl.

struct SensitivityStartParameters {
    // The population's first neuron among those of the network, and which source it is.
    first_unit: u32,
    source: u32,
    // With more spikes there is no product.
    most_spikes: u32,
    // The tile: which of its columns is the first that is meant, how many are, and for how many there is room.
    first_in_tile: u32,
    n_columns: u32,
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: SensitivityStartParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn sensitivity_start(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.n_columns) {
        return;
    }
    let slot = id.z;
    let unit = parameters.first_unit + id.y;
    let neuron = neurons[unit];
    // Of a readout that word is what has been collected of the weight that has arrived.
    var first = 0u;
    if (neuron.threshold != NONE) {
        let n_rows = n_product_rows(slot, parameters.source, list_of(slot, neuron), parameters.most_spikes);
        first = select(states[slot * sizes.n_units + unit].first, NONE, n_rows > 0u);
    }
    write_state(state_at(slot, unit, parameters.first_in_tile + id.x), Sensitivity(0.0, Currents(), first));
}
