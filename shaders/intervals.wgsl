// What happens to all neurons of a population over the interval before each arrival, where they share their time constants
// and their list of arrivals: a sample has room for those of one list at a time, and one more interval, from the last
// arrival to the window's end. Needs types.wgsl, flow.wgsl, and the kernel's `sizes` and `intervals`.

struct Interval {
    flow: Flow,
    // Where the weights of the row that arrives at its end begin among the values; 0 at the window's end.
    weights: u32,
}

fn interval_at(sample: u32, place: u32) -> u32 {
    return sample * (sizes.arrivals_capacity + 1u) + place;
}

// One load for all of it: a kernel that takes a neuron from arrival to arrival does little else.
fn interval_of(sample: u32, place: u32) -> Interval {
    let words = intervals[interval_at(sample, place)];
    let flow = Flow(bitcast<f32>(words.x), bitcast<f32>(words.y), bitcast<f32>(words.z));
    return Interval(flow, words.w);
}
