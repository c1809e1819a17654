// A parallel stage backward through a window: one invocation is one neuron of one slot.
// The kernel says what happens between arrivals, `begin` and `walk_back`, how it goes through several that all neurons share,
// `back_over`, and what an arrival's time is worth beyond what V at fixed times says, `back_through_turn`.
// Needs types.wgsl, counters.wgsl, lanes.wgsl, origins.wgsl, arrival_back.wgsl, and the kernel's bindings.

var<workgroup> n_shared: u32;

// Back through `n` arrivals of a list, of which `left` are still before the neuron, one after the other.
fn one_by_one(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, n: u32) {
    let first = arrivals_in(slot * sizes.sample_stride, neuron.list);
    for (var k = 0u; k < n; k += 1u) {
        let place = left - 1u - k;
        let arrival = arrivals[first + place];
        walk_back(slot, neuron, ix, lane, arrival.time, false);
        var x = back_through_arrival(slot, neuron, ix, *lane, arrival);
        x += back_through_turn(slot, ix, arrival, place);
        if (parameters.needs_arrival_times != 0u) {
            set_share(k, ix % WORKGROUP, x);
        }
    }
}

fn sweep(lane_ix: u32, group: vec2<u32>) {
    let slot = group.y;
    let sample = slot * sizes.sample_stride;
    let ix = group.x * WORKGROUP + lane_ix;
    let is_used = ix < parameters.population_size;
    let unit = parameters.first_unit + min(ix, parameters.population_size - 1u);
    let neuron = neurons[unit];
    let list = sample * sizes.n_lists + neuron.list;
    let first = arrivals_in(sample, neuron.list);
    var lane = read_lane(slot, unit);
    if (parameters.is_first_pass != 0u) {
        lane.time = parameters.window_end;
        lane.cursor = counters[list_counter(list)];
    }
    begin(slot, unit, &lane);
    let needs_shares = parameters.needs_arrival_times != 0u;
    if (parameters.has_own_lists == 0u) {
        // All go through one list together, so that neighbours use neighbouring places.
        if (lane_ix == 0u) {
            n_shared = lane.cursor;
        }
        var left = workgroupUniformLoad(&n_shared);
        if (!is_used) {
            clear_shares(lane_ix);
        }
        var events = parameters.most_events;
        while (left > 0u && events > 0u) {
            let n = min(select(events, min(BATCH, events), needs_shares), left);
            if (is_used) {
                back_over(slot, neuron, ix, &lane, left, n);
            }
            if (needs_shares) {
                add_shares(slot, group.x, lane_ix, left - 1u, n);
            }
            left -= n;
            events -= n;
        }
        lane.cursor = left;
    } else if (is_used) {
        for (var event = 0u; event < parameters.most_events && lane.cursor > 0u; event += 1u) {
            lane.cursor -= 1u;
            let arrival = arrivals[first + lane.cursor];
            walk_back(slot, neuron, ix, &lane, arrival.time, false);
            var x = back_through_arrival(slot, neuron, ix, lane, arrival);
            x += back_through_turn(slot, ix, arrival, lane.cursor);
            if (needs_shares) {
                adjoints[arrival_adjoint(slot, ix, lane.cursor, sizes.own_capacity)] = x;
            }
        }
    }
    if (is_used) {
        if (lane.cursor == 0u) {
            walk_back(slot, neuron, ix, &lane, 0.0, true);
        }
        write_lane(slot, unit, lane);
    }
}
