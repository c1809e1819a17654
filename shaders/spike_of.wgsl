// A spike by its place in a slot's stretch. Needs types.wgsl, and the kernel's `sizes` and `spikes`.

fn spike_of(slot: u32, place: u32) -> Spike {
    return spikes[slot * sizes.spikes_capacity + place];
}
