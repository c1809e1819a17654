// A neuron through its arrivals with the derivatives of its state by its own values while events stay:
// `src/cpu/own_values.rs` in f32. Needs types.wgsl, counters.wgsl, reached.wgsl, jump.wgsl, flow.wgsl, tile.wgsl,
// own_places.wgsl, and the kernel's bindings.

struct Own {
    // V above the potential to which it decays, and I.
    potential: f32,
    current: f32,
    // dV/db, dV/da and dI/da with b and a the rates of membrane and synapse.
    by_membrane: f32,
    by_synapse: f32,
    current_by_synapse: f32,
    // dV by the potential to which it decays, and by that at the start of the run.
    by_rest: f32,
    by_initial: f32,
    // Of a readout the weight that has arrived.
    arrived: f32,
    // Of a neuron that fires its next spike, as a place in the stretch.
    next: u32,
    // Since the start of the window, the next arrival, and when a hold ends, or NEVER.
    time: f32,
    cursor: u32,
    release: f32,
}

fn start_own(neuron: Neuron, next: u32) -> Own {
    return Own(neuron.initial, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, next, 0.0, 0u, NEVER);
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_own(at: u32) -> Own {
    let next = sensitivities[at + 8u];
    return Own(
        sensitivities[at],
        sensitivities[at + 1u],
        sensitivities[at + 2u],
        sensitivities[at + 3u],
        sensitivities[at + 4u],
        sensitivities[at + 5u],
        sensitivities[at + 6u],
        sensitivities[at + 7u],
        select(u32(max(next, 0.0)), NONE, next < 0.0),
        0.0,
        0u,
        NEVER,
    );
}

fn write_own(at: u32, own: Own) {
    sensitivities[at] = own.potential;
    sensitivities[at + 1u] = own.current;
    sensitivities[at + 2u] = own.by_membrane;
    sensitivities[at + 3u] = own.by_synapse;
    sensitivities[at + 4u] = own.current_by_synapse;
    sensitivities[at + 5u] = own.by_rest;
    sensitivities[at + 6u] = own.by_initial;
    sensitivities[at + 7u] = own.arrived;
    sensitivities[at + 8u] = select(f32(own.next), -1.0, own.next == NONE);
}

// The potential after a reset or release: given, whatever it was before.
fn release_own(neuron: Neuron, own: ptr<function, Own>) {
    (*own).potential = neuron.reset_potential;
    (*own).by_membrane = 0.0;
    (*own).by_synapse = 0.0;
    (*own).by_rest = 0.0;
    (*own).by_initial = 0.0;
    (*own).release = NEVER;
}

// To a time, and by what rounding took from it, without an event on the way.
fn flow_own(neuron: Neuron, own: ptr<function, Own>, time: f32, remainder: f32) {
    let elapsed = (time - (*own).time) + remainder;
    if (elapsed <= 0.0) {
        return;
    }
    let a = neuron.synapse_rate;
    let b = neuron.membrane_rate;
    let flow = flow_over(a, b, elapsed);
    let current = (*own).current;
    if ((*own).release == NEVER) {
        let by = gain_derivatives(a, b, elapsed, flow);
        let late = elapsed * (1.0 + flow.membrane) * (*own).potential;
        (*own).by_membrane += (*own).by_membrane * flow.membrane - (late + by.y * current);
        (*own).by_synapse += (*own).by_synapse * flow.membrane
            + (flow.gain * (*own).current_by_synapse - by.x * current);
        (*own).by_rest += ((*own).by_rest - 1.0) * flow.membrane;
        (*own).by_initial += (*own).by_initial * flow.membrane;
        (*own).potential += (*own).potential * flow.membrane + current * flow.gain;
    }
    (*own).current_by_synapse += (*own).current_by_synapse * flow.synapse - elapsed * (1.0 + flow.synapse) * current;
    (*own).current += current * flow.synapse;
    (*own).time = time;
}

// The same, through a release on the way.
fn flow_own_through(neuron: Neuron, own: ptr<function, Own>, time: f32, remainder: f32) {
    if ((*own).release <= time) {
        flow_own(neuron, own, (*own).release, 0.0);
        release_own(neuron, own);
    }
    flow_own(neuron, own, time, remainder);
}

// The same, through all arrivals before it.
fn carry_own(sample: u32, neuron: Neuron, ix: u32, own: ptr<function, Own>, time: f32, remainder: f32) {
    let first = list_of(sample, neuron) * sizes.arrivals_capacity;
    let n = n_arrivals(sample, neuron);
    while ((*own).cursor < n) {
        let arrival = arrivals[first + (*own).cursor];
        if (arrival.time >= time) {
            break;
        }
        (*own).cursor += 1u;
        let weight = values[arrival.weights + ix];
        if (weight != 0.0) {
            flow_own_through(neuron, own, arrival.time, 0.0);
            (*own).current += weight;
            (*own).arrived += weight;
        }
    }
    flow_own_through(neuron, own, time, remainder);
}

// Four derivatives, those by rates as those by time constants: da/dtau = -a^2.
fn show_own(at: u32, neuron: Neuron, by_membrane: f32, by_synapse: f32, by_rest: f32, by_initial: f32) {
    sensitivities[at] = -neuron.membrane_rate * neuron.membrane_rate * by_membrane;
    sensitivities[at + 1u] = -neuron.synapse_rate * neuron.synapse_rate * by_synapse;
    sensitivities[at + 2u] = by_rest;
    sensitivities[at + 3u] = by_initial;
}

fn show_own_potential(at: u32, neuron: Neuron, own: Own) {
    show_own(at, neuron, own.by_membrane, own.by_synapse, own.by_rest, own.by_initial);
}
