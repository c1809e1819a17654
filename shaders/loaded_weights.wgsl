// The weights of a batch of arrivals of a list that neurons share, in workgroup memory: loaded together, and read one by one as a neuron
// comes to its arrivals.
// Needs types.wgsl, intervals.wgsl, and the kernel's `values`.

// The weights of a batch of arrivals, those of one invocation after one another's.
var<workgroup> loaded: array<f32, BATCH * WORKGROUP>;

fn rows_at(sample: u32, first: u32, last: u32) -> vec4<u32> {
    let places = min(vec4<u32>(first, first + 1u, first + 2u, first + 3u), vec4<u32>(last));
    return vec4<u32>(
        interval_of(sample, places.x).weights,
        interval_of(sample, places.y).weights,
        interval_of(sample, places.z).weights,
        interval_of(sample, places.w).weights,
    );
}

fn set_loaded(k: u32, lane: u32, weights: vec4<f32>) {
    loaded[k * WORKGROUP + lane] = weights.x;
    loaded[(k + 1u) * WORKGROUP + lane] = weights.y;
    loaded[(k + 2u) * WORKGROUP + lane] = weights.z;
    loaded[(k + 3u) * WORKGROUP + lane] = weights.w;
}

// Loads a neuron's weights of a batch of arrivals, eight at once: what one load waits, all of them wait.
fn load_weights(sample: u32, ix: u32, first: u32, n_arrivals: u32) {
    for (var k = 0u; k < BATCH && first + k < n_arrivals; k += 8u) {
        // At the window's end the weights are those that lie first, and are not used.
        let a = ix + rows_at(sample, first + k, n_arrivals);
        let b = ix + rows_at(sample, first + k + 4u, n_arrivals);
        let x = vec4<f32>(values[a.x], values[a.y], values[a.z], values[a.w]);
        let y = vec4<f32>(values[b.x], values[b.y], values[b.z], values[b.w]);
        set_loaded(k, ix % WORKGROUP, x);
        set_loaded(k + 4u, ix % WORKGROUP, y);
    }
}
