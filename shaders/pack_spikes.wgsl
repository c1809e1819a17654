// Packs what a population has fired, for the host: one invocation is one place. Needs types.wgsl, windows.wgsl and packed.wgsl.

struct PackSpikesParameters {
    // The population as a source, where its spikes lie in a slot's stretch, and how many fit.
    source: u32,
    source_base: u32,
    source_capacity: u32,
}

@group(0) @binding(0) var<uniform> parameters: PackSpikesParameters;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(44) var<storage, read_write> packed: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn pack_spikes(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= parameters.source_capacity) {
        return;
    }
    if (id.x >= window_start(slot, parameters.source, sizes.n_windows)) {
        return;
    }
    let spike = spikes[slot * sizes.spikes_capacity + parameters.source_base + id.x];
    let at = packed_at(slot, parameters.source) + FIRED_WORDS * id.x;
    packed[at] = bitcast<u32>(spike.time);
    packed[at + 1u] = spike.unit;
    packed[at + 2u] = bitcast<u32>(spike.slope);
    packed[at + 3u] = bitcast<u32>(spike.release_slope);
    packed[at + 4u] = bitcast<u32>(spike.remainder);
}
