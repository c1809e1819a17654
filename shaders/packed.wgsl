// Spikes as they go to the device and from it, packed, slot after slot and source after source: `packed` says first where those of each
// slot and source begin. Needs types.wgsl and the kernel's `sizes` and `packed`.

fn packed_at(slot: u32, source: u32) -> u32 {
    return packed[slot * sizes.n_sources + source];
}
