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

// What ranks depend on, of as many spikes as a workgroup has invocations: read from memory once.
struct Key {
    time: f32,
    unit: u32,
}

var<workgroup> keys: array<Key, WORKGROUP>;
// How many there are to be put in order, and whether any of them has a neighbour among the same neuron's.
var<workgroup> n_shared: u32;
var<workgroup> has_neighbours: atomic<u32>;

fn load_keys(base: u32, n: u32, lane: u32) {
    if (lane < n) {
        keys[lane] = Key(fired[base + lane].time, fired[base + lane].unit);
    }
}

@compute @workgroup_size(WORKGROUP)
fn order(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = group.y;
    let window = window_at(slot, parameters.source, parameters.window);
    let start = windows[window];
    if (lane == 0u) {
        let n_fired = atomicLoad(&counters[fired_counter(slot)]);
        let n = min(n_fired, sizes.fired_capacity);
        if (group.x == 0u) {
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
        n_shared = select(n, 0u, is_void);
    }
    let n = workgroupUniformLoad(&n_shared);
    let base = slot * sizes.fired_capacity;
    for (var first = group.x * WORKGROUP; first < n; first += groups.x * WORKGROUP) {
        let ix = first + lane;
        let is_used = ix < n;
        var mine: Key;
        if (is_used) {
            mine = Key(fired[base + ix].time, fired[base + ix].unit);
        }
        if (lane == 0u) {
            atomicStore(&has_neighbours, 0u);
        }
        var rank = 0u;
        // The neighbours among the same neuron's: the latest before and the earliest after.
        var before = -NEVER;
        var later = NEVER;
        for (var skipped = 0u; skipped < n; skipped += WORKGROUP) {
            let n_keys = min(WORKGROUP, n - skipped);
            workgroupBarrier();
            load_keys(base + skipped, n_keys, lane);
            workgroupBarrier();
            for (var k = 0u; k < n_keys; k += 1u) {
                let other = keys[k];
                let precedes = other.time < mine.time || (other.time == mine.time && other.unit < mine.unit);
                rank += u32(precedes);
                if (other.unit == mine.unit && skipped + k != ix) {
                    if (other.time < mine.time) {
                        before = max(before, other.time);
                    } else {
                        later = min(later, other.time);
                    }
                }
            }
        }
        if (is_used && (before != -NEVER || later != NEVER)) {
            atomicStore(&has_neighbours, 1u);
        }
        workgroupBarrier();
        if (lane == 0u) {
            n_shared = select(0u, n, atomicLoad(&has_neighbours) != 0u);
        }
        // Where the neighbours go: their ranks are counted the same way.
        var rank_before = 0u;
        var rank_later = 0u;
        let n_again = workgroupUniformLoad(&n_shared);
        for (var skipped = 0u; skipped < n_again; skipped += WORKGROUP) {
            let n_keys = min(WORKGROUP, n_again - skipped);
            workgroupBarrier();
            load_keys(base + skipped, n_keys, lane);
            workgroupBarrier();
            for (var k = 0u; k < n_keys; k += 1u) {
                let other = keys[k];
                let is_lower = other.unit < mine.unit;
                rank_before += u32(other.time < before || (other.time == before && is_lower));
                rank_later += u32(other.time < later || (other.time == later && is_lower));
            }
        }
        if (is_used) {
            put(slot, ix, start, n, Ranks(rank, before != -NEVER, rank_before, later != NEVER, rank_later));
        }
    }
}

// Where a spike and its neighbours among the same neuron's go.
struct Ranks {
    own: u32,
    has_before: bool,
    before: u32,
    has_later: bool,
    later: u32,
}

fn put(slot: u32, ix: u32, start: u32, n: u32, ranks: Ranks) {
    var spike = fired[slot * sizes.fired_capacity + ix];
    let place = parameters.source_base + start;
    let at = slot * sizes.n_units + parameters.first_unit + spike.unit;
    if (start + n > parameters.source_capacity) {
        // As in advance: its release must not be noted elsewhere.
        states[at].last = NONE;
        return;
    }
    spike.next = NONE;
    if (ranks.has_before) {
        spike.previous = place + ranks.before;
    }
    if (ranks.has_later) {
        spike.next = place + ranks.later;
    } else {
        states[at].last = place + ranks.own;
    }
    if (!ranks.has_before) {
        if (spike.previous == NONE) {
            states[at].first = place + ranks.own;
        } else {
            spikes[slot * sizes.spikes_capacity + spike.previous].next = place + ranks.own;
        }
    }
    spikes[slot * sizes.spikes_capacity + place + ranks.own] = spike;
}
