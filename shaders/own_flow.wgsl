// A neuron through its arrivals with the derivatives of its state by its own values while events stay:
// `src/cpu/own_values.rs` in f32. Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, jump.wgsl, exponentials.wgsl, tile.wgsl,
// tile_state.wgsl, own_places.wgsl, of one current or several the words for them and the flow, and the kernel's bindings.

struct Own {
    // V above the potential to which it decays, and I of each receptor.
    potential: f32,
    current: Currents,
    // dV/db, and of each receptor dV/da and dI/da, with b and a the rates of membrane and synapse.
    by_membrane: f32,
    by_synapse: Currents,
    current_by_synapse: Currents,
    // dV by the potential to which it decays, and by that at the start of the run.
    by_rest: f32,
    by_initial: f32,
    // Of a readout the weight that has arrived on each.
    arrived: Currents,
    // Of a neuron that fires its next spike, as a place in the stretch.
    next: u32,
    // Since the start of the window, the next arrival, and when a hold ends, or NEVER.
    time: f32,
    cursor: u32,
    release: f32,
}

fn start_own(neuron: Neuron, next: u32) -> Own {
    let none = Currents();
    return Own(neuron.initial, none, 0.0, none, none, 0.0, 1.0, none, next, 0.0, 0u, NEVER);
}

// Numbers are exact up to 2^24, far more than a stretch holds; NONE is -1.
fn read_own(at: u32) -> Own {
    let next = sensitivities[at + 4u];
    return Own(
        sensitivities[at],
        read_currents(at + 5u, 1u),
        sensitivities[at + 1u],
        read_currents(at + 5u + CURRENT_WORDS, 1u),
        read_currents(at + 5u + 2u * CURRENT_WORDS, 1u),
        sensitivities[at + 2u],
        sensitivities[at + 3u],
        read_currents(at + 5u + 3u * CURRENT_WORDS, 1u),
        select(u32(max(next, 0.0)), NONE, next < 0.0),
        0.0,
        0u,
        NEVER,
    );
}

fn write_own(at: u32, own: Own) {
    sensitivities[at] = own.potential;
    sensitivities[at + 1u] = own.by_membrane;
    sensitivities[at + 2u] = own.by_rest;
    sensitivities[at + 3u] = own.by_initial;
    sensitivities[at + 4u] = select(f32(own.next), -1.0, own.next == NONE);
    write_currents(at + 5u, 1u, own.current);
    write_currents(at + 5u + CURRENT_WORDS, 1u, own.by_synapse);
    write_currents(at + 5u + 2u * CURRENT_WORDS, 1u, own.current_by_synapse);
    write_currents(at + 5u + 3u * CURRENT_WORDS, 1u, own.arrived);
}

// The potential after a reset or release: given, whatever it was before.
fn release_own(neuron: Neuron, own: ptr<function, Own>) {
    (*own).potential = neuron.reset_potential;
    (*own).by_membrane = 0.0;
    (*own).by_synapse = Currents();
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
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let flow = flow_over(a, b, elapsed);
    let current = (*own).current;
    if ((*own).release == NEVER) {
        let by = gain_derivatives(a, b, elapsed, flow);
        let late = elapsed * (1.0 + flow.membrane) * (*own).potential;
        (*own).by_membrane += (*own).by_membrane * flow.membrane - (late + total(by.y * current));
        (*own).by_synapse += (*own).by_synapse * flow.membrane
            + (flow.gain * (*own).current_by_synapse - by.x * current);
        (*own).by_rest += ((*own).by_rest - 1.0) * flow.membrane;
        (*own).by_initial += (*own).by_initial * flow.membrane;
        (*own).potential += (*own).potential * flow.membrane + total(current * flow.gain);
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
    let first = arrivals_in(sample, neuron.list);
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
            let receptor = receptor_of(arrival);
            (*own).current = added((*own).current, receptor, weight);
            (*own).arrived = added((*own).arrived, receptor, weight);
        }
    }
    flow_own_through(neuron, own, time, remainder);
}

// Derivatives by a neuron's own values, those by rates as those by time constants: da/dtau = -a^2.
fn show_own(at: u32, neuron: Neuron, by_membrane: f32, by_synapse: Currents, by_rest: f32, by_initial: f32) {
    let a = rates_of(neuron);
    sensitivities[at] = -neuron.membrane_rate * neuron.membrane_rate * by_membrane;
    write_currents(at + 1u, 1u, -a * a * by_synapse);
    sensitivities[at + 1u + CURRENT_WORDS] = by_rest;
    sensitivities[at + 2u + CURRENT_WORDS] = by_initial;
}

fn show_own_potential(at: u32, neuron: Neuron, own: Own) {
    show_own(at, neuron, own.by_membrane, own.by_synapse, own.by_rest, own.by_initial);
}
