// Spikes against a slot's budget. Needs types.wgsl, windows.wgsl, and the kernel's `sizes`, `windows`,
// atomic `counters`, `parameters.window` and `parameters.spike_budget`.

// How many spikes a slot has fired before this window.
fn fired_before(slot: u32) -> u32 {
    var n = 0u;
    for (var source = sizes.n_inputs; source < sizes.n_sources; source += 1u) {
        n += window_start(slot, source, parameters.window);
    }
    return n;
}

// Notes that a slot has fired so many, if they are too many.
fn spend(slot: u32, n: u32) {
    if (n > parameters.spike_budget) {
        atomicMax(&counters[PAST_BUDGET], slot + 1u);
    }
}
