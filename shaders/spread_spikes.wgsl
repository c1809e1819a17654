// Brings the recorded spikes of a population, which the host has packed, and the derivatives by their times to their places in the slots'
// stretches, and names the first and the last of each neuron: one invocation is one place. Needs types.wgsl, the words for currents,
// state.wgsl, windows.wgsl, window_of.wgsl and packed.wgsl.

struct SpreadSpikesParameters {
    // The population: its first neuron among those of the network, its number as a source, and where its spikes lie in a slot's stretch.
    first_unit: u32,
    source: u32,
    source_base: u32,
}

@group(0) @binding(0) var<uniform> parameters: SpreadSpikesParameters;
@group(0) @binding(4) var<storage, read_write> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
// dL/d(spike time) comes first in it, `[slot x place]`.
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(44) var<storage, read> packed: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn spread_spikes(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= window_start(slot, parameters.source, sizes.n_windows)) {
        return;
    }
    let at = packed_at(slot, parameters.source) + RECORDED_WORDS * id.x;
    let spike = Spike(
        bitcast<f32>(packed[at]),
        window_of(slot, parameters.source, id.x),
        packed[at + 1u],
        bitcast<f32>(packed[at + 2u]),
        bitcast<f32>(packed[at + 3u]),
        packed[at + 4u],
        packed[at + 5u],
        bitcast<f32>(packed[at + 6u]),
    );
    let place = parameters.source_base + id.x;
    spikes[slot * sizes.spikes_capacity + place] = spike;
    adjoints[slot * sizes.spikes_capacity + place] = bitcast<f32>(packed[at + 7u]);
    let neuron = slot * sizes.n_units + parameters.first_unit + spike.unit;
    if (spike.previous == NONE) {
        states[neuron].first = place;
    }
    if (spike.next == NONE) {
        states[neuron].last = place;
    }
}
