// A drive's arrivals at a neuron, one after another. Needs types.wgsl, sparse_types.wgsl, philox.wgsl,
// sparse_interval.wgsl, and the kernel's `upcoming` and `parameters.window_length`.

// The window and the offset that lie some ms after another.
fn later(now: SparseNext, after_ms: f32) -> SparseNext {
    let sum = now.offset + after_ms;
    let whole = min(floor(sum / parameters.window_length), 4e9);
    let rest = clamp(sum - whole * parameters.window_length, 0.0, parameters.window_length);
    let window = now.window + u32(whole);
    return SparseNext(select(window, NONE, window < now.window), rest, 0u);
}

// Goes on to a drive's next arrival at a neuron.
fn draw_next(drive: SparseDrive, neuron: u32, at: u32) {
    let now = upcoming[at];
    let number = now.number + 1u;
    let words = philox(vec2<u32>(drive.key0, drive.key1), vec4<u32>(number / 4u, 0u, neuron, drive.stream));
    var next = later(now, drive.mean * minus_log(words[number % 4u]));
    next.number = number;
    upcoming[at] = next;
}
