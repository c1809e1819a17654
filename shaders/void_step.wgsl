// When a step is taken. Needs types.wgsl, and the kernel's `counters`.

// Whether nothing may be learnt from a step: a run that had too little room, which the host repeats, or a gradient that is
// not finite.
fn is_void_step() -> bool {
    return counters[OVERFLOW] != 0u || counters[UNFINISHED] != 0u || counters[PAST_BUDGET] != 0u
        || counters[NOT_FINITE] != 0u;
}
