// Back from arrival to arrival where neurons share the flow between them: three multiply-adds for a neuron's adjoints, one
// load for the interval and one load and store for the weight's gradient, no exponential.
// Needs types.wgsl, jump.wgsl, currents_one.wgsl, flow.wgsl, propagate.wgsl, lanes.wgsl, intervals.wgsl, own_events.wgsl,
// origins.wgsl, and the kernel's bindings and `walk_back`.

@group(0) @binding(38) var<storage, read> intervals: array<vec4<u32>>;

// Arrivals whose weights' gradients are loaded together: what one load waits, all of them wait.
const TOGETHER: u32 = 4u;

// Adds to the gradients of four weights, one after the other where they are the same.
fn add_four(at: vec4<u32>, before: vec4<f32>, more: vec4<f32>) {
    let x = before.x + more.x;
    let y = select(before.y, x, at.y == at.x) + more.y;
    let z = select(select(before.z, x, at.z == at.x), y, at.z == at.y) + more.z;
    let w = select(select(select(before.w, x, at.w == at.x), y, at.w == at.y), z, at.w == at.z) + more.w;
    gradient[at.x] = x;
    gradient[at.y] = y;
    gradient[at.z] = z;
    gradient[at.w] = w;
}

// Takes a neuron, which between calls stands at an arrival or at the window's end, back through `n` of the `left` arrivals
// before. It computes what `one_by_one` does, to the last bit.
fn back_over_intervals(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, n: u32) {
    let sample = slot * sizes.sample_stride;
    let first = arrivals_in(sample, neuron.list);
    let row = slot * sizes.n_values + ix;
    let rate = rates_of(neuron);
    let needs_shares = parameters.needs_arrival_times != 0u;
    var due = own_event(slot, neuron, *lane).time;
    if (!needs_shares && due < 0.0 && (*lane).potential == 0.0 && (*lane).current == 0.0) {
        // Nothing after this window depends on it, nor does anything happen to it in the rest of it.
        (*lane).time = 0.0;
        return;
    }
    var flow = interval_of(sample, left).flow;
    let end = left - n;
    var place = left;
    while (place > end) {
        let n_here = min(TOGETHER, place - end);
        // Where there are fewer the last stands for those that are not.
        let at_x = interval_of(sample, place - 1u);
        let at_y = interval_of(sample, place - min(n_here, 2u));
        let at_z = interval_of(sample, place - min(n_here, 3u));
        let at_w = interval_of(sample, place - n_here);
        let earliest = arrivals[first + place - n_here].time;
        var potentials = vec4<f32>();
        var currents = vec4<f32>();
        if (due > earliest || (*lane).potential != 0.0 || (*lane).current != 0.0) {
            let at = row + vec4<u32>(at_x.weights, at_y.weights, at_z.weights, at_w.weights);
            let before = vec4<f32>(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]);
            var weights = vec4<f32>();
            if (needs_shares) {
                let rows = at - slot * sizes.n_values;
                weights = vec4<f32>(values[rows.x], values[rows.y], values[rows.z], values[rows.w]);
            }
            var here = vec2<f32>((*lane).potential, (*lane).current);
            if (n_here == TOGETHER && due <= earliest) {
                let x = adjoint_by(flow, here);
                let y = adjoint_by(at_x.flow, x);
                let z = adjoint_by(at_y.flow, y);
                here = adjoint_by(at_z.flow, z);
                potentials = vec4<f32>(x.x, y.x, z.x, here.x);
                currents = vec4<f32>(x.y, y.y, z.y, here.y);
                (*lane).potential = here.x;
                (*lane).current = here.y;
            } else {
                for (var k = 0u; k < n_here; k += 1u) {
                    let time = arrivals[first + place - 1u - k].time;
                    if (due > time) {
                        walk_back(slot, neuron, ix, lane, time, false);
                        due = own_event(slot, neuron, *lane).time;
                    } else {
                        here = vec2<f32>((*lane).potential, (*lane).current);
                        let there = adjoint_by(interval_of(sample, place - k).flow, here);
                        (*lane).potential = there.x;
                        (*lane).current = there.y;
                        (*lane).time = time;
                    }
                    let is_this = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(k);
                    potentials = select(potentials, vec4<f32>((*lane).potential), is_this);
                    currents = select(currents, vec4<f32>((*lane).current), is_this);
                }
            }
            add_four(at, before, currents);
            if (needs_shares) {
                let k = left - place;
                set_share(k, ix % WORKGROUP, arrival_transposed(weights.x, rate, vec2<f32>(potentials.x, currents.x)));
                set_share(k + 1u, ix % WORKGROUP, arrival_transposed(weights.y, rate, vec2<f32>(potentials.y, currents.y)));
                set_share(k + 2u, ix % WORKGROUP, arrival_transposed(weights.z, rate, vec2<f32>(potentials.z, currents.z)));
                set_share(k + 3u, ix % WORKGROUP, arrival_transposed(weights.w, rate, vec2<f32>(potentials.w, currents.w)));
            }
        } else if (needs_shares) {
            for (var k = 0u; k < TOGETHER; k += 1u) {
                set_share(left - place + k, ix % WORKGROUP, 0.0);
            }
        }
        (*lane).time = earliest;
        flow = at_w.flow;
        place -= n_here;
    }
}
