// Brings the derivatives by the times of a population's spikes, which the host has packed, to their places: one invocation is one place.
// Needs types.wgsl, windows.wgsl and packed.wgsl.

struct SpreadDerivativesParameters {
    // The population as a source, and where its spikes lie in a slot's stretch.
    source: u32,
    source_base: u32,
}

@group(0) @binding(0) var<uniform> parameters: SpreadDerivativesParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
// dL/d(spike time) comes first in it, `[slot x place]`.
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(44) var<storage, read> packed: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn spread_derivatives(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= window_start(slot, parameters.source, sizes.n_windows)) {
        return;
    }
    let value = bitcast<f32>(packed[packed_at(slot, parameters.source) + id.x]);
    adjoints[slot * sizes.spikes_capacity + parameters.source_base + id.x] = value;
}
