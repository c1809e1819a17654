// Where `counters` holds what belongs to a slot. Needs types.wgsl and the kernel's `sizes`.

// The length of a list.
fn list_counter(list: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + list;
}

// How many spikes a slot has fired in this window.
fn fired_counter(slot: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + sizes.n_slots * sizes.n_lists + slot;
}
