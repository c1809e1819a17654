// Which slots' sensitivities of a stage in a run of one window are a product of [spikes x arrivals] and [arrivals x columns],
// and where the first of these matrices lies. A slot's own spikes and arrivals decide, and nothing else.
// Needs types.wgsl, counters.wgsl, windows.wgsl, and the kernel's `sizes`, `windows` and `counters`.

// Entries that the first matrix may have.
const MOST_FACTORS: u32 = 1u << 22u;

// How many of a source's spikes are rows of a product: all, or none. `most_spikes` is how many it may be at most.
fn n_product_rows(slot: u32, source: u32, list: u32, most_spikes: u32) -> u32 {
    let n_spikes = window_start(slot, source, sizes.n_windows);
    let most = min(most_spikes, MOST_FACTORS / max(counters[list_counter(list)], 1u));
    return select(0u, n_spikes, n_spikes <= most);
}

// `capacity` is how many entries there is room for in a slot.
fn factor_at(slot: u32, capacity: u32, n_rows: u32, arrival: u32, row: u32) -> u32 {
    return slot * capacity + arrival * n_rows + row;
}
