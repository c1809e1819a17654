// An arrival met backward in time: it adds li to its weight's gradient and x = w (a li - lv) to the adjoint of its
// time. Needs types.wgsl, lanes.wgsl, and the kernel's `step`, `values` and `gradient`.

// Through one arrival; the answer is the adjoint of its time.
fn back_through_arrival(slot: u32, neuron: Neuron, ix: u32, lane: Lane, arrival: Arrival) -> f32 {
    if (lane.potential == 0.0 && lane.current == 0.0) {
        return 0.0;
    }
    let weight = arrival.weights + ix;
    let x = values[weight] * (neuron.synapse_rate * lane.current - lane.potential);
    let row = slot * step.n_values;
    gradient[row + weight] += lane.current;
    if (step.needs_delays != 0u && arrival.delays != NONE) {
        gradient[row + arrival.delays + ix] += x;
    }
    return x;
}
