// The arrivals at a population some of whose projections have a delay per synapse: a list for
// each neuron, and one more that holds the candidates, whose places are where adjoints of
// arrival times are collected. One invocation is one candidate for one neuron; its rank is how
// many of the neuron's arrivals precede it. Needs types.wgsl, arrival.wgsl, windows.wgsl, counters.wgsl
// and delay.wgsl.

struct GatherSynapsesParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // How many neurons the population has.
    population_size: u32,
    // The projections onto the population.
    first_projection: u32,
    n_projections: u32,
    // Where its lists lie among a slot's.
    first_list: u32,
}

@group(0) @binding(0) var<uniform> parameters: GatherSynapsesParameters;
@group(0) @binding(2) var<storage, read> projections: array<Projection>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
@group(0) @binding(6) var<storage, read_write> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// The spikes that may arrive in this window over any of a projection's synapses.
fn candidates(slot: u32, projection: Projection) -> vec2<u32> {
    let sample = slot * sizes.sample_stride;
    var earliest = 0u;
    let reach = projection.longest_windows + 1u;
    if (parameters.window > reach) {
        earliest = parameters.window - reach;
    }
    let begin = window_start(sample, projection.source, earliest);
    // What is not known yet of this window is zero.
    let to = max(
        max(begin, window_start(sample, projection.source, parameters.window)),
        window_start(sample, projection.source, parameters.window + 1u),
    );
    return vec2<u32>(begin, to);
}

fn delay_of(projection: Projection, unit: u32, neuron: u32) -> Delay {
    if (projection.is_per_synapse == 0u) {
        return shared_delay(projection);
    }
    let delay = values[projection.delays + unit * projection.target_size + neuron];
    return synaptic_delay(projection, delay, sizes.window_length);
}

// When a spike arrives at the neuron in this window, or NEVER.
fn when(projection: Projection, spike: Spike, neuron: u32) -> f32 {
    let delay = delay_of(projection, spike.unit, neuron);
    if (spike.window + windows_later(delay, spike.time, sizes.window_length) != parameters.window) {
        return NEVER;
    }
    let time = arrival_time(delay, spike.time, sizes.window_length);
    if (delay.carries && time >= parameters.window_end) {
        return NEVER;
    }
    return time;
}

// How many spikes arrive at the neuron in this window.
fn count(slot: u32, neuron: u32) -> u32 {
    let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;
    var n = 0u;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let projection = projections[parameters.first_projection + p];
        let range = candidates(slot, projection);
        for (var k = range.x; k < range.y; k += 1u) {
            n += u32(when(projection, spikes[sample_base + projection.source_base + k], neuron) != NEVER);
        }
    }
    return n;
}

@compute @workgroup_size(WORKGROUP)
fn gather_synapses(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = id.z;
    let neuron = id.y;
    var ix = id.x;
    var total = 0u;
    var mine = NONE;
    var place = NONE;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let range = candidates(slot, projections[parameters.first_projection + p]);
        let n = range.y - range.x;
        if (mine == NONE && ix < n) {
            mine = p;
            place = range.x + ix;
        } else if (mine == NONE) {
            ix -= n;
        }
        total += n;
    }
    let first_list = slot * sizes.n_lists + parameters.first_list;
    let is_candidates = neuron == parameters.population_size;
    if (id.x == 0u && is_candidates) {
        atomicMax(&counters[ARRIVALS_NEEDED], total);
        if (total > sizes.arrivals_capacity) {
            atomicMax(&counters[OVERFLOW], 1u);
        }
        atomicStore(&counters[list_counter(first_list + neuron)], min(total, sizes.arrivals_capacity));
        atomicStore(&counters[fired_counter(slot)], 0u);
    }
    if (id.x == 0u && !is_candidates) {
        atomicStore(&counters[list_counter(first_list + neuron)], min(count(slot, neuron), sizes.arrivals_capacity));
    }
    if (mine == NONE || id.x >= sizes.arrivals_capacity) {
        return;
    }
    let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;
    let projection = projections[parameters.first_projection + mine];
    let origin = projection.source_base + place;
    let spike = spikes[sample_base + origin];
    var arrival: Arrival;
    arrival.weights = projection.weights + spike.unit * projection.target_size;
    arrival.origin = origin;
    arrival.over = over(parameters.first_projection + mine, projection.receptor);
    arrival.delays = NONE;
    if (projection.is_per_synapse != 0u) {
        arrival.delays = projection.delays + spike.unit * projection.target_size;
    }
    arrival.place = id.x;
    if (is_candidates) {
        arrivals[(first_list + neuron) * sizes.arrivals_capacity + id.x] = arrival;
        return;
    }
    arrival.time = when(projection, spike, neuron);
    if (arrival.time == NEVER) {
        return;
    }
    var rank = 0u;
    for (var p = 0u; p < parameters.n_projections; p += 1u) {
        let other = projections[parameters.first_projection + p];
        let range = candidates(slot, other);
        for (var k = range.x; k < range.y; k += 1u) {
            let time = when(other, spikes[sample_base + other.source_base + k], neuron);
            let is_earlier = time < arrival.time;
            let is_before = p < mine || (p == mine && k < place);
            rank += u32(is_earlier || (time == arrival.time && is_before));
        }
    }
    arrivals[(first_list + neuron) * sizes.arrivals_capacity + rank] = arrival;
}
