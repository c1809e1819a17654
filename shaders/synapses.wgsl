// The synapses of a projection, one by one: all pairs, or those of a list, which lie behind the projections. Needs types.wgsl and
// projections.wgsl.

// The first synapse of a unit, and the one after its last.
fn synapses_of(projection: Projection, unit: u32) -> vec2<u32> {
    if (projection.rows == NONE) {
        return vec2<u32>(unit, unit + 1u) * projection.target_size;
    }
    return vec2<u32>(projections[projection.rows + unit], projections[projection.rows + unit + 1u]);
}

// The target of a synapse of a unit whose first is `first`.
fn target_of(projection: Projection, first: u32, synapse: u32) -> u32 {
    if (projection.rows == NONE) {
        return synapse - first;
    }
    return projections[projection.targets + synapse];
}

// Of a list, the synapses of a unit onto one neuron: those of a unit are in the order of their targets.
fn synapses_onto(projection: Projection, unit: u32, neuron: u32) -> vec2<u32> {
    let all = synapses_of(projection, unit);
    var low = all.x;
    var high = all.y;
    while (low < high) {
        let middle = (low + high) / 2u;
        if (projections[projection.targets + middle] >= neuron) {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    var end = low;
    while (end < all.y && projections[projection.targets + end] == neuron) {
        end += 1u;
    }
    return vec2<u32>(low, end);
}
