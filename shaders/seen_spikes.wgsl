// Packs the spikes of a population for the host, slot after slot: how many they are, then window, time and neuron of each. One
// invocation is one place. Needs types.wgsl and windows.wgsl.

struct SeenSpikesParameters {
    // The population as a source, where its spikes lie in a slot's stretch, and how many fit.
    source: u32,
    source_base: u32,
    source_capacity: u32,
    // Where it begins among a slot's words, and how many these are.
    first: u32,
    stride: u32,
}

@group(0) @binding(0) var<uniform> parameters: SeenSpikesParameters;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(40) var<storage, read_write> seen: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn seen_spikes(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= parameters.source_capacity) {
        return;
    }
    let n = min(window_start(slot, parameters.source, sizes.n_windows), parameters.source_capacity);
    let first = slot * parameters.stride + parameters.first;
    if (id.x == 0u) {
        seen[first] = n;
    }
    if (id.x >= n) {
        return;
    }
    let spike = spikes[slot * sizes.spikes_capacity + parameters.source_base + id.x];
    let at = first + SEEN_HEAD + SEEN_WORDS * id.x;
    seen[at] = spike.window;
    seen[at + 1u] = bitcast<u32>(spike.time);
    seen[at + 2u] = spike.unit;
}
