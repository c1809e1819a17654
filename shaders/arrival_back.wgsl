// An arrival met backward in time: what it adds to its weight's gradient and to the adjoint of its time.
// Needs types.wgsl, arrival.wgsl, jump.wgsl, lanes.wgsl, and the kernel's `values`, `gradient` and `parameters.needs_delays`.

// Through one arrival; the answer is the adjoint of its time.
fn back_through_arrival(slot: u32, neuron: Neuron, ix: u32, lane: Lane, arrival: Arrival) -> f32 {
    if (lane.potential == 0.0 && is_zero(lane.current)) {
        return 0.0;
    }
    let weight = arrival.weights + ix;
    let receptor = receptor_of(arrival);
    let adjoint = vec2<f32>(lane.potential, current_of(lane.current, receptor));
    let x = arrival_transposed(values[weight], current_of(rates_of(neuron), receptor), adjoint);
    let row = slot * sizes.n_values;
    gradient[row + weight] += adjoint.y;
    if (parameters.needs_delays != 0u && has_own_delay(arrival)) {
        gradient[row + arrival.delays + ix] += x;
    }
    return x;
}
