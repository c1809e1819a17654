// Makes derivatives of spike times of what arrivals do to the potentials at spikes, in a run of one window: each neuron's
// spikes in order, for what a spike moves its reset moves at the next. One invocation is one column of one neuron of one slot.
// Needs types.wgsl, counters.wgsl, reached.wgsl, windows.wgsl, product.wgsl, spike_of.wgsl, jump.wgsl, slope.wgsl, hold.wgsl,
// currents_one.wgsl, state.wgsl and tile.wgsl.

struct SpikeChainParameters {
    // The population's first neuron among those of the network, and which source it is.
    first_unit: u32,
    source: u32,
    // With more spikes there is no product.
    most_spikes: u32,
    // The tile: which of its columns is the first that is meant, how many are, and for how many there is room.
    first_in_tile: u32,
    n_columns: u32,
    tile_width: u32,
    // Spikes slower than this, relative to the slope scale of their neurons, are grazing.
    slope_floor: f32,
}

@group(0) @binding(0) var<uniform> parameters: SpikeChainParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn spike_chain(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.z;
    let unit = parameters.first_unit + id.y;
    let neuron = neurons[unit];
    let list = list_of(slot, neuron);
    let n_rows = n_product_rows(slot, parameters.source, list, parameters.most_spikes);
    if (id.x >= parameters.n_columns || n_rows == 0u) {
        return;
    }
    let in_tile = parameters.first_in_tile + id.x;
    let rule = reset_rule(neuron.refractory);
    let floor = slope_floor(neuron);
    // What its earlier spikes have moved its potential by, and when.
    var moved = 0.0;
    var since = 0.0;
    var place = states[slot * sizes.n_units + unit].first;
    while (place != NONE) {
        let spike = spike_of(slot, place);
        let at = row_at(slot, place, in_tile);
        if (moved != 0.0) {
            moved *= exp(-neuron.membrane_rate * (max(spike.time - since, 0.0) + spike.remainder));
        }
        let jump = spike_jump(
            rule,
            neuron.membrane_rate,
            values[neuron.threshold],
            max(spike.slope, floor),
            spike.release_slope,
        );
        let g = spike_time(jump, sensitivities[at] + moved, 0.0);
        sensitivities[at] = g;
        moved = spike_forward(jump, moved, g, 0.0);
        since = spike.time;
        if (rule == HOLDS) {
            moved = release_derivative(spike.release_slope) * g;
            since = release_of(neuron, spike).time;
        }
        place = spike.next;
    }
}
