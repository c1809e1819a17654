// The arrivals at a population in one window, in order of (time, projection, spike), where every
// projection has one delay: each is a stretch of its source's spikes, so they are sorted
// runs to be merged. One invocation is one arrival: its rank is its place in its own
// run plus how many precede it in each other run. Needs types.wgsl, arrival.wgsl, windows.wgsl, counters.wgsl and
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
@group(0) @binding(2) var<storage, read> projections: array<Projection>;
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

fn run_of(slot: u32, projection: Projection) -> Run {
    let delay = shared_delay(projection);
    let base = slot * sizes.sample_stride * sizes.spikes_capacity + projection.source_base;
    let sample = slot * sizes.sample_stride;
    let end = min(sizes.window_length, parameters.window_end);
    var run: Run;
    if (delay.carries && parameters.window >= delay.whole_windows + 1u) {
        let window = parameters.window - delay.whole_windows - 1u;
        let begin = window_start(sample, projection.source, window);
        let to = max(begin, window_start(sample, projection.source, window + 1u));
        run.first = lower_bound(base, begin, to, delay.remainder, sizes.window_length);
        // The last window may be shorter than the others.
        let last = lower_bound(base, run.first, to, delay.remainder - sizes.window_length, parameters.window_end);
        run.n_carried = last - run.first;
    }
    if (parameters.window >= delay.whole_windows) {
        let window = parameters.window - delay.whole_windows;
        run.first_direct = window_start(sample, projection.source, window);
        var to = max(run.first_direct, window_start(sample, projection.source, window + 1u));
        if (delay.carries) {
            to = lower_bound(base, run.first_direct, to, delay.remainder, end);
        }
        run.n_direct = to - run.first_direct;
    }
    return run;
}

fn spike_of(run: Run, ix: u32) -> u32 {
    if (ix < run.n_carried) {
        return run.first + ix;
    }
    return run.first_direct + (ix - run.n_carried);
}

@compute @workgroup_size(WORKGROUP)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.y;
    if (slot >= sizes.n_slots) {
        return;
    }
    var ix = id.x;
    var total = 0u;
    var mine = NONE;
    var run: Run;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let candidate = run_of(slot, projections[parameters.first_projection + p]);
        let n = candidate.n_carried + candidate.n_direct;
        if (mine == NONE && ix < n) {
            mine = p;
            run = candidate;
        } else if (mine == NONE) {
            ix -= n;
        }
        total += n;
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
    if (mine == NONE) {
        return;
    }
    let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;
    let projection = projections[parameters.first_projection + mine];
    let delay = shared_delay(projection);
    let origin = projection.source_base + spike_of(run, ix);
    let spike = spikes[sample_base + origin];
    let time = arrival_time(delay, spike.time, sizes.window_length);
    var rank = ix;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        if (p == mine) {
            continue;
        }
        let other = projections[parameters.first_projection + p];
        let other_delay = shared_delay(other);
        let other_run = run_of(slot, other);
        var low = 0u;
        var high = other_run.n_carried + other_run.n_direct;
        while (low < high) {
            let middle = (low + high) / 2u;
            let there = spikes[sample_base + other.source_base + spike_of(other_run, middle)];
            let when = arrival_time(other_delay, there.time, sizes.window_length);
            if (when < time || (when == time && p < mine)) {
                low = middle + 1u;
            } else {
                high = middle;
            }
        }
        rank += low;
    }
    if (rank >= sizes.arrivals_capacity) {
        return;
    }
    var arrival: Arrival;
    arrival.time = time;
    arrival.weights = projection.weights + spike.unit * projection.target_size;
    arrival.origin = origin;
    arrival.over = over(parameters.first_projection + mine, projection.receptor);
    arrival.delays = NONE;
    arrival.place = rank;
    arrivals[list * sizes.arrivals_capacity + rank] = arrival;
}
