// The order of arrivals in a list that belongs to one neuron: by (time, projection, spike, synapse). No two are alike. Needs types.wgsl
// and arrival.wgsl.

// Whether of two arrivals at one neuron the first comes later.
fn comes_later(x: Arrival, y: Arrival, neuron: u32) -> bool {
    if (x.time != y.time) {
        return x.time > y.time;
    }
    if (projection_of(x) != projection_of(y)) {
        return projection_of(x) > projection_of(y);
    }
    if (x.origin != y.origin) {
        return x.origin > y.origin;
    }
    return x.weights + neuron > y.weights + neuron;
}
