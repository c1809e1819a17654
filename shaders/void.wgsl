// Whether a run is void: it will be repeated with more dispatches, or refused. What it would still do is wasted, and of a
// runaway endless. Needs types.wgsl, and the kernel's `sizes`, `parameters.window` and atomic `counters`.

// Whether a slot passed its spike budget, or a neuron was not done in an earlier window.
fn is_void() -> bool {
    let windows_left = sizes.n_windows - parameters.window;
    return atomicLoad(&counters[PAST_BUDGET]) != 0u || atomicLoad(&counters[UNFINISHED]) > windows_left;
}
