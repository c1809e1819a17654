// Needs windows.wgsl.

// The window of a source's spike, given by its number within the source: the last that begins with it or before.
fn window_of(slot: u32, source: u32, number: u32) -> u32 {
    var low = 0u;
    var high = sizes.n_windows;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (window_start(slot, source, middle) <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
