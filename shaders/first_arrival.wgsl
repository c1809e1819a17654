// The first arrival of a list at or after a time. Needs types.wgsl, counters.wgsl, and the kernel's `sizes`,
// `arrivals` and `counters`.
fn first_arrival(list: u32, time: f32) -> u32 {
    let first = arrivals_of(list);
    var low = 0u;
    var high = counters[list_counter(list)];
    while (low < high) {
        let middle = (low + high) / 2u;
        if (arrivals[first + middle].time >= time) {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    return low;
}
