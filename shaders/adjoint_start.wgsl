// Puts every neuron's sweep at the end of the run: nothing after it matters, and its
// last spike is before it. Needs types.wgsl, the words for currents, state.wgsl and lanes.wgsl.

@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(12) var<storage, read_write> adjoints: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn adjoint_start(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots || id.x >= sizes.n_units) {
        return;
    }
    let last = states[slot * sizes.sample_stride * sizes.n_units + id.x].last;
    write_lane(slot, id.x, Lane(0.0, Currents(), 0.0, 0u, last, false, 0.0));
}
