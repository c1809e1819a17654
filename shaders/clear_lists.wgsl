// Empties the lists of a population each of whose neurons has its own, before a window: one invocation is one list. Needs types.wgsl
// and counters.wgsl.

struct ClearListsParameters {
    // The population's lists: where they lie among a slot's, and how many they are.
    first_list: u32,
    n_lists: u32,
}

@group(0) @binding(0) var<uniform> parameters: ClearListsParameters;
@group(0) @binding(7) var<storage, read_write> counters: array<u32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn clear_lists(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (id.x == 0u) {
        counters[fired_counter(slot)] = 0u;
    }
    if (id.x < parameters.n_lists) {
        counters[list_counter(slot * sizes.n_lists + parameters.first_list + id.x)] = 0u;
    }
}
