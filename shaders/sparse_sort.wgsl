// Puts a neuron's arrivals in order. What compares equal is equal, so the order in which they were
// appended does not show. Needs types.wgsl, sparse_types.wgsl, and the kernel's `queues`.

fn precedes(a: SparseArrival, b: SparseArrival) -> bool {
    if (a.offset != b.offset) {
        return a.offset < b.offset;
    }
    if (a.weight != b.weight) {
        return a.weight < b.weight;
    }
    return a.receptor < b.receptor;
}

// Shell's sort: of a few arrivals an insertion, of hundreds still short.
fn sort_queue(first: u32, n: u32) {
    var gap = 1u;
    while (3u * gap < n) {
        gap = 3u * gap + 1u;
    }
    while (gap > 0u) {
        for (var k = gap; k < n; k += 1u) {
            let arrival = queues[first + k];
            var to = k;
            while (to >= gap) {
                let other = queues[first + to - gap];
                if (!precedes(arrival, other)) {
                    break;
                }
                queues[first + to] = other;
                to -= gap;
            }
            queues[first + to] = arrival;
        }
        gap /= 3u;
    }
}
