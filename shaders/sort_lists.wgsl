// Puts the arrivals of lists that belong to one neuron each in order of (time, projection, spike, synapse): keys are unique, so the order
// in which they were appended does not show. One workgroup is one list. It is a bitonic sort in which every comparison puts the
// earlier first, so that a list of any length is sorted as if it were filled up with arrivals that come last.
// Needs types.wgsl, arrival.wgsl, arrival_order.wgsl and counters.wgsl.

struct SortListsParameters {
    // The population's lists: where they lie among a slot's, and how many they are.
    first_list: u32,
    n_lists: u32,
}

@group(0) @binding(0) var<uniform> parameters: SortListsParameters;
@group(0) @binding(6) var<storage, read_write> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

var<workgroup> n_shared: u32;

// How many there are; where there were more than fit, that is told.
fn count(list: u32) -> u32 {
    let n = atomicLoad(&counters[list_counter(list)]);
    if (n > sizes.own_capacity) {
        atomicMax(&counters[OWN_ARRIVALS_NEEDED], n);
        atomicMax(&counters[OVERFLOW], 1u);
        atomicStore(&counters[list_counter(list)], sizes.own_capacity);
    }
    return min(n, sizes.own_capacity);
}

// Compares each place whose bit `distance` is not set with the one that differs from it in the bits of `mask`.
fn compare(first: u32, n: u32, neuron: u32, distance: u32, mask: u32, lane: u32) {
    for (var k = lane; k < n; k += WORKGROUP) {
        let other = k ^ mask;
        if ((k & distance) == 0u && other < n) {
            let x = arrivals[first + k];
            let y = arrivals[first + other];
            if (comes_later(x, y, neuron)) {
                arrivals[first + k] = y;
                arrivals[first + other] = x;
            }
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn sort_lists(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let neuron = group.y * groups.x + group.x;
    let list = group.z * sizes.n_lists + parameters.first_list + neuron;
    if (lane == 0u) {
        n_shared = 0u;
        if (neuron < parameters.n_lists) {
            n_shared = count(list);
        }
    }
    let n = workgroupUniformLoad(&n_shared);
    let first = arrivals_of(list);
    // Halves of so many are in order: each pair becomes one, its second half taken backward first.
    for (var half = 1u; half < n; half *= 2u) {
        compare(first, n, neuron, half, 2u * half - 1u, lane);
        storageBarrier();
        for (var distance = half / 2u; distance > 0u; distance /= 2u) {
            compare(first, n, neuron, distance, distance, lane);
            storageBarrier();
        }
    }
}
