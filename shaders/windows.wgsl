// Where a source's spikes of each window begin. Needs types.wgsl, and the kernel's `sizes` and `windows`.

// Where `windows` holds the first spike of a window, as a number within its source.
fn window_at(sample: u32, source: u32, window: u32) -> u32 {
    return (sample * sizes.n_sources + source) * (sizes.n_windows + 1u) + window;
}

fn window_start(sample: u32, source: u32, window: u32) -> u32 {
    return windows[window_at(sample, source, window)];
}
