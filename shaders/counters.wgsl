// Where the lists of arrivals lie, and where `counters` holds what belongs to a slot. Needs types.wgsl and the kernel's `sizes`.

// Where `arrivals` holds the first arrival of a slot's list.
fn arrivals_in(slot: u32, list: u32) -> u32 {
    let n_shared = slot * sizes.n_shared_lists + min(list, sizes.n_shared_lists);
    let n_all = slot * sizes.n_lists + list;
    return n_shared * sizes.arrivals_capacity + (n_all - n_shared) * sizes.own_capacity;
}

// The same, given its number among the lists of all slots.
fn arrivals_of(list: u32) -> u32 {
    let slot = list / sizes.n_lists;
    return arrivals_in(slot, list - slot * sizes.n_lists);
}

// The length of a list.
fn list_counter(list: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + list;
}

// How many spikes a slot has fired in this window.
fn fired_counter(slot: u32) -> u32 {
    return SPIKES_NEEDED + sizes.n_sources + sizes.n_slots * sizes.n_lists + slot;
}
