// Says of every neuron that it has not fired, before recorded spikes are brought: one invocation is one neuron of one slot. Needs
// types.wgsl, the words for currents and state.wgsl.

@group(0) @binding(8) var<storage, read_write> states: array<State>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn start_states(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= sizes.n_units || id.y >= sizes.n_slots) {
        return;
    }
    states[id.y * sizes.n_units + id.x] =
        State(Currents(), Currents(), 0.0, 0.0, 0.0, 0u, NONE, NONE, 0u, 0.0);
}
