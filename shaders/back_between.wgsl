// Back from arrival to arrival between a neuron's own events: three multiply-adds for its adjoints, one load for the
// interval and one load and store for the weight's gradient, no exponential.
// Needs types.wgsl, counters.wgsl, jump.wgsl, currents_one.wgsl, flow.wgsl, propagate.wgsl, lanes.wgsl, first_arrival.wgsl,
// intervals.wgsl, own_events.wgsl, origins.wgsl, and the kernel's bindings.

// Takes a neuron, which between calls stands at an arrival or at the window's end, back through so many of the ones before
// at most, and not to one before its own latest event; the answer is through how many. The adjoints of their times go to its
// `shares` from the batch's place `share` on, or nowhere if that is NONE. It computes what `walk_back` does, to the last bit.
fn back_over_intervals(
    slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, most: u32, share: u32,
) -> u32 {
    let sample = slot * sizes.sample_stride;
    let list = sample * sizes.n_lists + neuron.list;
    let first = list * sizes.arrivals_capacity;
    let due = own_event(slot, neuron, *lane).time;
    var end = 0u;
    if (due >= 0.0) {
        end = first_arrival(list, due);
    } else if (share == NONE && (*lane).potential == 0.0 && (*lane).current == 0.0) {
        // Nothing after this window depends on it, nor does anything happen to it in the rest of it.
        (*lane).time = 0.0;
        return left;
    }
    end = max(end, left - min(most, left));
    if (end >= left) {
        return 0u;
    }
    let row = slot * sizes.n_values + ix;
    var here = vec2<f32>((*lane).potential, (*lane).current);
    var flow = interval_of(sample, left).flow;
    var place = left;
    while (place > end) {
        place -= 1u;
        here = adjoint_by(flow, here);
        let interval = interval_of(sample, place);
        flow = interval.flow;
        var x = 0.0;
        if (here.x != 0.0 || here.y != 0.0) {
            gradient[row + interval.weights] += here.y;
            if (share != NONE) {
                x = arrival_transposed(values[interval.weights + ix], rates_of(neuron), here);
            }
        }
        if (share != NONE) {
            shares[(share + left - 1u - place) * WORKGROUP + ix % WORKGROUP] = x;
        }
    }
    (*lane).potential = here.x;
    (*lane).current = here.y;
    (*lane).time = arrivals[first + place].time;
    return left - place;
}
