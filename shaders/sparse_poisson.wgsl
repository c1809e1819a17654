// A drive's arrivals at a neuron, one after another. Needs types.wgsl, sparse_types.wgsl, philox.wgsl,
// sparse_interval.wgsl, and the kernel's `drives` and `parameters.window_length`.

// The window and the offset that lie some ms after another.
fn later(now: SparseNext, after_ms: f32) -> SparseNext {
    let sum = now.offset + after_ms;
    let whole = min(floor(sum / parameters.window_length), 4e9);
    let rest = clamp(sum - whole * parameters.window_length, 0.0, parameters.window_length);
    let window = now.window + u32(whole);
    return SparseNext(select(window, NONE, window < now.window), rest, 0u);
}

// The first of a drive's changes after a time.
fn next_change(drive: SparseDrive, now: SparseNext) -> u32 {
    var low = drive.first_change;
    var high = drive.first_change + drive.n_changes;
    while (low < high) {
        let middle = low + (high - low) / 2u;
        let change = drives[middle];
        if (change.window > now.window || (change.window == now.window && change.offset > now.offset)) {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    return low;
}

// What lies an interval after another, where that is what a rate of 1 would wait for: the rate that there is uses it up,
// as `src/network/rate.rs` says.
fn rescaled(drive: SparseDrive, now: SparseNext, interval: f32) -> SparseNext {
    let end = drive.first_change + drive.n_changes;
    var at = now;
    var left = interval;
    for (var next = next_change(drive, now); next < end; next += 1u) {
        // No arrival comes before the first change.
        let mean = drives[next - 1u].mean;
        let change = drives[next];
        if (mean > 0.0) {
            let time = f32(change.window - at.window) * parameters.window_length + (change.offset - at.offset);
            if (mean * left <= time) {
                return later(at, mean * left);
            }
            left = max(left - time / mean, 0.0);
        }
        at = SparseNext(change.window, change.offset, 0u);
    }
    let mean = drives[end - 1u].mean;
    if (mean > 0.0) {
        return later(at, mean * left);
    }
    return SparseNext(NONE, 0.0, 0u);
}

// A drive's arrival at a neuron after this one.
fn drawn_after(drive: SparseDrive, neuron: u32, now: SparseNext) -> SparseNext {
    let number = now.number + 1u;
    let words = philox(vec2<u32>(drive.key0, drive.key1), vec4<u32>(number / 4u, 0u, neuron, drive.stream));
    let interval = minus_log(words[number % 4u]);
    var next: SparseNext;
    if (drive.n_changes == 0u) {
        next = later(now, drive.mean * interval);
    } else {
        next = rescaled(drive, now, interval);
    }
    next.number = number;
    return next;
}
