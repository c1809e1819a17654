// Brings the spikes of an input, which the host has packed, to their places in the slots' stretches: one invocation is one place. Needs
// types.wgsl, windows.wgsl, window_of.wgsl and packed.wgsl.

struct SpreadInputsParameters {
    // The input as a source, and where its spikes lie in a slot's stretch.
    source: u32,
    source_base: u32,
}

@group(0) @binding(0) var<uniform> parameters: SpreadInputsParameters;
@group(0) @binding(4) var<storage, read_write> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(44) var<storage, read> packed: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn spread_inputs(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= window_start(slot, parameters.source, sizes.n_windows)) {
        return;
    }
    let at = packed_at(slot, parameters.source) + INPUT_WORDS * id.x;
    let window = window_of(slot, parameters.source, id.x);
    let place = slot * sizes.spikes_capacity + parameters.source_base + id.x;
    spikes[place] = Spike(bitcast<f32>(packed[at]), window, packed[at + 1u], 0.0, 0.0, 0u, 0u, 0.0);
}
