// Puts the spikes that a population fired in a window in order of (time, unit), after those
// of earlier windows, and links each neuron's. A spike's rank is how many precede it: keys are unique, so
// the order in which they were fired does not show. Needs types.wgsl, the words for currents, state.wgsl, windows.wgsl,
// counters.wgsl and spent.wgsl.

struct OrderParameters {
    // The window.
    window: u32,
    // The population's first neuron among those of the network.
    first_unit: u32,
    // The population as a source: its number, where its spikes lie in a slot's stretch, and how many fit.
    source: u32,
    source_base: u32,
    source_capacity: u32,
    // Spikes that a slot may fire in a run: more are a runaway.
    spike_budget: u32,
}

@group(0) @binding(0) var<uniform> parameters: OrderParameters;
@group(0) @binding(4) var<storage, read_write> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read_write> windows: array<u32>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(8) var<storage, read_write> states: array<State>;
@group(0) @binding(9) var<storage, read> fired: array<Spike>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn order(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots) {
        return;
    }
    let n_fired = atomicLoad(&counters[fired_counter(slot)]);
    let n = min(n_fired, sizes.fired_capacity);
    let window = window_at(slot, parameters.source, parameters.window);
    let start = windows[window];
    if (id.x == 0u) {
        atomicMax(&counters[FIRED_NEEDED], n_fired);
        atomicMax(&counters[SPIKES_NEEDED + parameters.source], start + n_fired);
        if (n_fired > sizes.fired_capacity || start + n_fired > parameters.source_capacity) {
            atomicMax(&counters[OVERFLOW], 1u);
        }
        spend(slot, fired_before(slot) + n_fired);
        windows[window + 1u] = min(start + n, parameters.source_capacity);
    }
    // Of a run that is void the list may be long, and the ranks are of no use.
    let is_void = atomicLoad(&counters[UNFINISHED]) != 0u || atomicLoad(&counters[PAST_BUDGET]) != 0u;
    if (id.x >= n || is_void) {
        return;
    }
    let base = slot * sizes.fired_capacity;
    var spike = fired[base + id.x];
    var rank = 0u;
    // The neighbours among the same neuron's: the latest before and the earliest after.
    var before = -NEVER;
    var later = NEVER;
    for (var k = 0u; k < n; k += 1u) {
        let other = fired[base + k];
        let precedes = other.time < spike.time || (other.time == spike.time && other.unit < spike.unit);
        rank += u32(precedes);
        if (other.unit == spike.unit && k != id.x) {
            if (other.time < spike.time) {
                before = max(before, other.time);
            } else {
                later = min(later, other.time);
            }
        }
    }
    // Where the neighbours go: their ranks are counted the same way.
    var rank_before = 0u;
    var rank_later = 0u;
    if (before != -NEVER || later != NEVER) {
        for (var k = 0u; k < n; k += 1u) {
            let other = fired[base + k];
            let is_lower = other.unit < spike.unit;
            rank_before += u32(other.time < before || (other.time == before && is_lower));
            rank_later += u32(other.time < later || (other.time == later && is_lower));
        }
    }
    let place = parameters.source_base + start;
    let at = slot * sizes.n_units + parameters.first_unit + spike.unit;
    if (start + n > parameters.source_capacity) {
        // As in advance: its release must not be noted elsewhere.
        states[at].last = NONE;
        return;
    }
    spike.next = NONE;
    if (before != -NEVER) {
        spike.previous = place + rank_before;
    }
    if (later != NEVER) {
        spike.next = place + rank_later;
    } else {
        states[at].last = place + rank;
    }
    if (before == -NEVER) {
        if (spike.previous == NONE) {
            states[at].first = place + rank;
        } else {
            spikes[slot * sizes.spikes_capacity + spike.previous].next = place + rank;
        }
    }
    spikes[slot * sizes.spikes_capacity + place + rank] = spike;
}
