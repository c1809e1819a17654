// What reached a neuron in a window. Needs types.wgsl, counters.wgsl, and the kernel's `sizes` and `counters`.

fn list_of(slot: u32, neuron: Neuron) -> u32 {
    return slot * sizes.n_lists + neuron.list;
}

fn n_arrivals(slot: u32, neuron: Neuron) -> u32 {
    return counters[list_counter(list_of(slot, neuron))];
}
