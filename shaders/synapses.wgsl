// The synapses of a projection, one by one: all pairs, or those of a list, which lie behind the projections. Needs types.wgsl,
// and `projections` as words.

fn projection_at(ix: u32) -> Projection {
    let at = ix * PROJECTION_WORDS;
    var projection: Projection;
    projection.source = projections[at];
    projection.source_base = projections[at + 1u];
    projection.source_capacity = projections[at + 2u];
    projection.weights = projections[at + 3u];
    projection.delays = projections[at + 4u];
    projection.is_per_synapse = projections[at + 5u];
    projection.target_size = projections[at + 6u];
    projection.whole_windows = projections[at + 7u];
    projection.remainder = bitcast<f32>(projections[at + 8u]);
    projection.least_windows = projections[at + 9u];
    projection.longest_windows = projections[at + 10u];
    projection.is_inner = projections[at + 11u];
    projection.receptor = projections[at + 12u];
    projection.rows = projections[at + 13u];
    projection.targets = projections[at + 14u];
    return projection;
}

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
