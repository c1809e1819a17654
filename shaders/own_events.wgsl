// A neuron's own spikes and releases, met backward in time. Needs types.wgsl, jump.wgsl, slope.wgsl, propagate.wgsl,
// hold.wgsl, lanes.wgsl, and the kernel's `sizes`, `parameters.window`, `neurons`, `values`, `spikes`, `adjoints` and `gradient`.

const NO_EVENT: u32 = 0u;
const RELEASED: u32 = 1u;
const FIRED: u32 = 2u;

struct OwnEvent {
    kind: u32,
    time: f32,
}

fn own_spike(slot: u32, place: u32) -> Spike {
    return spikes[slot * sizes.sample_stride * sizes.spikes_capacity + place];
}

// The event before `lane` that is the latest, if it lies in this window.
fn own_event(slot: u32, neuron: Neuron, lane: Lane) -> OwnEvent {
    if (lane.own == NONE) {
        return OwnEvent(NO_EVENT, -1.0);
    }
    let spike = own_spike(slot, lane.own);
    if (reset_rule(neuron.refractory) == HOLDS && !lane.is_held) {
        let release = release_of(neuron, spike);
        if (release.window < parameters.window) {
            return OwnEvent(NO_EVENT, -1.0);
        }
        // Of one that is not before this window's end the neuron is held here already.
        let time = select(release.time, lane.time, release.window > parameters.window);
        return OwnEvent(RELEASED, min(time, lane.time));
    }
    if (spike.window == parameters.window) {
        return OwnEvent(FIRED, spike.time);
    }
    return OwnEvent(NO_EVENT, -1.0);
}

fn flow_back(neuron: Neuron, lane: ptr<function, Lane>, to: f32) {
    if (to >= (*lane).time) {
        return;
    }
    let elapsed = ((*lane).time - to) + (*lane).remainder;
    if (elapsed > 0.0 && ((*lane).potential != 0.0 || !is_zero((*lane).current))) {
        let flow = flow_over(rates_of(neuron), neuron.membrane_rate, elapsed);
        let before = adjoint_by(flow, Pair((*lane).potential, (*lane).current));
        (*lane).potential = before.x;
        (*lane).current = before.y;
    }
    (*lane).time = to;
    (*lane).remainder = 0.0;
}

fn back_through_release(slot: u32, lane: ptr<function, Lane>) {
    let slope = own_spike(slot, (*lane).own).release_slope;
    adjoints[spike_adjoint(slot, (*lane).own)] += release_derivative(slope) * (*lane).potential;
    (*lane).potential = 0.0;
    (*lane).is_held = true;
}

fn back_through_spike(slot: u32, neuron: Neuron, lane: ptr<function, Lane>) {
    let at = spike_adjoint(slot, (*lane).own);
    let threshold = slot * sizes.n_values + neuron.threshold;
    let spike = own_spike(slot, (*lane).own);
    // Both before either is stored: after a store the other would wait on its own.
    let ell = adjoints[at];
    let sum = gradient[threshold];
    let jump = spike_jump(
        reset_rule(neuron.refractory),
        neuron.membrane_rate,
        values[neuron.threshold],
        max(spike.slope, slope_floor(neuron)),
        spike.release_slope,
    );
    let before = spike_transposed(jump, (*lane).potential, ell);
    adjoints[at] = before.ell;
    gradient[threshold] = sum + before.threshold;
    (*lane).potential = before.potential;
    (*lane).own = spike.previous;
    (*lane).is_held = false;
    (*lane).remainder = spike.remainder;
}
