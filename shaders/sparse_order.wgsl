// Lists the spikes that neurons fired in a window in order of (offset, neuron), after those of
// earlier windows. A spike's rank is how many precede it: keys are unique, so the order in which they were fired does
// not show. Needs types.wgsl and sparse_types.wgsl.

struct SparseOrderParameters {
    // The window's place in its block, and how many windows `windows` begins before that.
    place: u32,
    reach: u32,
    // For how many spikes of the window there is room.
    fired_capacity: u32,
    // Where the list of spikes begins to hold those of neurons, and how many it can.
    first_listed: u32,
    listed_capacity: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseOrderParameters;
@group(0) @binding(5) var<storage, read_write> windows: array<u32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(25) var<storage, read> sparse_fired: array<SparseFired>;
@group(0) @binding(26) var<storage, read_write> listed: array<SparseFired>;

@compute @workgroup_size(WORKGROUP)
fn sparse_order(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = atomicLoad(&counters[FIRED_IN + parameters.place]);
    let window = parameters.reach + parameters.place;
    let start = windows[window];
    let is_short = n > parameters.fired_capacity || start + n > parameters.listed_capacity;
    if (id.x == 0u) {
        atomicMax(&counters[FIRED_NEEDED], n);
        atomicMax(&counters[LISTED_NEEDED], start + n);
        if (is_short) {
            atomicMax(&counters[OVERFLOW], 1u);
        } else {
            windows[window + 1u] = start + n;
        }
    }
    if (is_short || id.x >= n) {
        return;
    }
    let spike = sparse_fired[id.x];
    var rank = 0u;
    for (var k = 0u; k < n; k += 1u) {
        let other = sparse_fired[k];
        let is_before = other.offset < spike.offset || (other.offset == spike.offset && other.unit < spike.unit);
        rank += u32(is_before);
    }
    listed[parameters.first_listed + start + rank] = spike;
}
