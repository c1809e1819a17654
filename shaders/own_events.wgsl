// A neuron's own spikes and releases, met backward in time. Needs types.wgsl, slope.wgsl, flow.wgsl, hold.wgsl, lanes.wgsl,
// and the kernel's `step`, `neurons`, `values`, `spikes`, `adjoints` and `gradient`.

const NO_EVENT: u32 = 0u;
const RELEASED: u32 = 1u;
const FIRED: u32 = 2u;

struct OwnEvent {
    kind: u32,
    time: f32,
}

fn own_spike(slot: u32, place: u32) -> Spike {
    return spikes[slot * step.sample_step * step.stretch + place];
}

// The event before `lane` that is the latest, if it lies in this window.
fn own_event(slot: u32, neuron: Neuron, lane: Lane) -> OwnEvent {
    if (lane.own == NONE) {
        return OwnEvent(NO_EVENT, -1.0);
    }
    let spike = own_spike(slot, lane.own);
    if (neuron.refractory > 0.0 && !lane.is_held) {
        let release = release_of(neuron, spike);
        if (release.window < step.window) {
            return OwnEvent(NO_EVENT, -1.0);
        }
        // Of one that is not before this window's end the neuron is held here already.
        let time = select(release.time, lane.time, release.window > step.window);
        return OwnEvent(RELEASED, min(time, lane.time));
    }
    if (spike.window == step.window) {
        return OwnEvent(FIRED, spike.time);
    }
    return OwnEvent(NO_EVENT, -1.0);
}

fn flow_back(neuron: Neuron, lane: ptr<function, Lane>, to: f32) {
    if (to >= (*lane).time) {
        return;
    }
    let elapsed = ((*lane).time - to) + (*lane).remainder;
    if (elapsed > 0.0 && ((*lane).potential != 0.0 || (*lane).current != 0.0)) {
        let flow = flow_over(neuron.synapse_rate, neuron.membrane_rate, elapsed);
        let before = adjoint_by(flow, vec2<f32>((*lane).potential, (*lane).current));
        (*lane).potential = before.x;
        (*lane).current = before.y;
    }
    (*lane).time = to;
    (*lane).remainder = 0.0;
}

// Release: ell -= rate' lv, lv = 0.
fn back_through_release(slot: u32, lane: ptr<function, Lane>) {
    let at = spike_adjoint(slot, (*lane).own);
    adjoints[at] -= own_spike(slot, (*lane).own).release_slope * (*lane).potential;
    (*lane).potential = 0.0;
    (*lane).is_held = true;
}

// Spike: lv -= ell / rate, after what the reset adds to ell.
fn back_through_spike(slot: u32, neuron: Neuron, lane: ptr<function, Lane>) {
    let at = spike_adjoint(slot, (*lane).own);
    let spike = own_spike(slot, (*lane).own);
    let slope = max(spike.slope, slope_floor(neuron));
    let potential = (*lane).potential;
    let threshold = slot * step.n_values + neuron.threshold;
    if (neuron.refractory < 0.0) {
        adjoints[at] -= neuron.membrane_rate * values[neuron.threshold] * potential;
        let kick = adjoints[at] / slope;
        (*lane).potential = potential - kick;
        gradient[threshold] += kick - potential;
    } else {
        if (neuron.refractory == 0.0) {
            adjoints[at] -= spike.release_slope * potential;
        }
        let kick = adjoints[at] / slope;
        (*lane).potential = -kick;
        gradient[threshold] += kick;
    }
    (*lane).own = spike.previous;
    (*lane).is_held = false;
    (*lane).remainder = spike.remainder;
}
