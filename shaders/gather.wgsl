// The arrivals at a population in one window, in order of (time, projection, spike), where every
// projection has one delay: each is a stretch of its source's spikes, so they are sorted
// runs to be merged. An invocation takes every so many-th arrival: its rank is its place in its own
// run plus how many precede it in each other run. Needs types.wgsl, arrival.wgsl, windows.wgsl, counters.wgsl, projections.wgsl and
// delay.wgsl.

struct GatherParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // The projections onto the population.
    first_projection: u32,
    n_projections: u32,
    // Where its lists lie among a slot's.
    first_list: u32,
}

@group(0) @binding(0) var<uniform> parameters: GatherParameters;
@group(0) @binding(2) var<storage, read> projections: array<u32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read_write> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// Which of a source's spikes arrive: those of an earlier window that are carried into this
// one, then those of a later one that are not carried beyond.
struct Run {
    first: u32,
    n_carried: u32,
    first_direct: u32,
    n_direct: u32,
}

// The first spike in [begin, to) of which the sum with the remainder is at least `least`.
fn lower_bound(base: u32, begin: u32, to: u32, remainder: f32, least: f32) -> u32 {
    var low = begin;
    var high = to;
    while (low < high) {
        let middle = (low + high) / 2u;
        if (spikes[base + middle].time + remainder >= least) {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    return low;
}

// How many projections' runs a workgroup keeps; those of more are found again where they are asked for.
const KEPT_RUNS: u32 = 64u;
// The ends of a run that have to be searched for: where the carried spikes begin and end, and where the others end.
const ENDS: u32 = 3u;

var<workgroup> ends: array<vec2<u32>, KEPT_RUNS * ENDS>;

// One end of a run; of the spikes that are not carried where they begin, too, which is not searched for.
fn end_of(slot: u32, projection: Projection, which: u32) -> vec2<u32> {
    let delay = shared_delay(projection);
    let sample = slot * sizes.sample_stride;
    let is_direct = which == 2u;
    let back = delay.whole_windows + u32(!is_direct);
    if (parameters.window < back || !(is_direct || delay.carries)) {
        return vec2<u32>();
    }
    let window = parameters.window - back;
    let begin = window_start(sample, projection.source, window);
    let to = max(begin, window_start(sample, projection.source, window + 1u));
    if (is_direct && !delay.carries) {
        return vec2<u32>(begin, to);
    }
    let base = sample * sizes.spikes_capacity + projection.source_base;
    var remainder = delay.remainder;
    var least = min(sizes.window_length, parameters.window_end);
    if (which == 0u) {
        least = sizes.window_length;
    } else if (which == 1u) {
        // The last window may be shorter than the others.
        remainder -= sizes.window_length;
        least = parameters.window_end;
    }
    return vec2<u32>(begin, lower_bound(base, begin, to, remainder, least));
}

fn run_between(carried: u32, carried_to: u32, direct: vec2<u32>) -> Run {
    return Run(carried, max(carried, carried_to) - carried, direct.x, direct.y - direct.x);
}

// The run of a projection onto the population.
fn run_of(slot: u32, p: u32) -> Run {
    if (p < KEPT_RUNS) {
        return run_between(ends[p * ENDS].y, ends[p * ENDS + 1u].y, ends[p * ENDS + 2u]);
    }
    let projection = projection_at(parameters.first_projection + p);
    return run_between(
        end_of(slot, projection, 0u).y,
        end_of(slot, projection, 1u).y,
        end_of(slot, projection, 2u),
    );
}

fn spike_of(run: Run, ix: u32) -> u32 {
    if (ix < run.n_carried) {
        return run.first + ix;
    }
    return run.first_direct + (ix - run.n_carried);
}

// How many arrivals of a projection precede one at a time over the projection `mine`.
fn n_before(slot: u32, p: u32, time: f32, mine: u32) -> u32 {
    let other = projection_at(parameters.first_projection + p);
    let delay = shared_delay(other);
    let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;
    let base = sample_base + other.source_base;
    let run = run_of(slot, p);
    var low = 0u;
    var high = run.n_carried + run.n_direct;
    while (low < high) {
        let middle = (low + high) / 2u;
        let when = arrival_time(delay, spikes[base + spike_of(run, middle)].time, sizes.window_length);
        if (when < time || (when == time && p < mine)) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// Puts the arrival number `ix` of the projection `mine` where it belongs in a list.
fn put(slot: u32, list: u32, mine: u32, ix: u32) {
    let projection = projection_at(parameters.first_projection + mine);
    let origin = projection.source_base + spike_of(run_of(slot, mine), ix);
    let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;
    let spike = spikes[sample_base + origin];
    let time = arrival_time(shared_delay(projection), spike.time, sizes.window_length);
    var rank = ix;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        if (p != mine) {
            rank += n_before(slot, p, time, mine);
        }
    }
    if (rank >= sizes.arrivals_capacity) {
        return;
    }
    var arrival: Arrival;
    arrival.time = time;
    arrival.weights = projection.weights + spike.unit * projection.target_size;
    arrival.origin = origin;
    arrival.over = over(parameters.first_projection + mine, projection);
    arrivals[arrivals_of(list) + rank] = arrival;
}

@compute @workgroup_size(WORKGROUP)
fn gather(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slot = id.y;
    let n_ends = min(parameters.n_projections, KEPT_RUNS) * ENDS;
    for (var k = lane; k < n_ends; k += WORKGROUP) {
        ends[k] = end_of(slot, projection_at(parameters.first_projection + k / ENDS), k % ENDS);
    }
    workgroupBarrier();
    var total = 0u;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let run = run_of(slot, p);
        total += run.n_carried + run.n_direct;
    }
    let list = slot * sizes.n_lists + parameters.first_list;
    if (id.x == 0u) {
        atomicMax(&counters[ARRIVALS_NEEDED], total);
        if (total > sizes.arrivals_capacity) {
            atomicMax(&counters[OVERFLOW], 1u);
        }
        atomicStore(&counters[list_counter(list)], min(total, sizes.arrivals_capacity));
        atomicStore(&counters[fired_counter(slot)], 0u);
    }
    // The projection of the arrival before, and how many the runs up to it have.
    var mine = 0u;
    var before = 0u;
    for (var place = id.x; place < min(total, sizes.arrivals_capacity); place += groups.x * WORKGROUP) {
        loop {
            let run = run_of(slot, mine);
            let n = run.n_carried + run.n_direct;
            if (place < before + n) {
                break;
            }
            before += n;
            mine += 1u;
        }
        put(slot, list, mine, place - before);
    }
}
