// Where the lists of arrivals lie, and where `counters` holds what belongs to a slot. Needs types.wgsl and the kernel's `sizes`.

// Where `arrivals` holds the first arrival of a list, given its number among those of all slots.
fn arrivals_of(list: u32) -> u32 {
    let slot = list / sizes.n_lists;
    let in_slot = list - slot * sizes.n_lists;
    let n_shared = slot * sizes.n_shared_lists + min(in_slot, sizes.n_shared_lists);
    return n_shared * sizes.arrivals_capacity + (list - n_shared) * sizes.own_capacity;
}

// The length of a list.
fn list_counter(list: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + list;
}

// How many spikes a slot has fired in this window.
fn fired_counter(slot: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + sizes.n_slots * sizes.n_lists + slot;
}
