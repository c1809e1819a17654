// Where `counters` holds what belongs to a slot. Needs types.wgsl, and the kernel's `step`.

// The length of a list.
fn list_counter(list: u32) -> u32 {
    return SPIKES_NEEDED + step.n_sources + list;
}

// How many spikes a slot has fired in this window.
fn fired_counter(slot: u32) -> u32 {
    return SPIKES_NEEDED + step.n_sources + step.n_slots * step.n_lists + slot;
}
