// What a spike sends at once: over synapses of its stage whose delay is zero. Needs types.wgsl, projections.wgsl, synapses.wgsl, of one
// current or several the words for them, and the kernel's `values`.

// The weight of a synapse whose delay is zero, or nothing; `is_instant` says it of the delay that a projection's synapses share.
fn instant_over(projection: Projection, synapse: u32, is_instant: bool) -> f32 {
    var acts_at_once = is_instant;
    if (projection.is_per_synapse != 0u) {
        acts_at_once = values[projection.delays + synapse] == 0.0;
    }
    if (!acts_at_once) {
        return 0.0;
    }
    return values[projection.weights + synapse];
}

// The weights of what a spike sends to a neuron at once, by receptor.
fn instant_weight(source: Neuron, source_unit: u32, target_neuron: Neuron, target_unit: u32) -> Currents {
    var sum = Currents();
    for (var p = 0u; p < target_neuron.n_projections; p += 1u) {
        let projection = projection_at(target_neuron.first_projection + p);
        if (projection.is_inner == 0u || projection.source != source.source) {
            continue;
        }
        let is_instant = projection.whole_windows == 0u && projection.remainder == 0.0;
        let unit = source_unit - source.first_unit;
        let neuron = target_unit - target_neuron.first_unit;
        if (projection.rows == NONE) {
            let synapse = unit * projection.target_size + neuron;
            sum = added(sum, projection.receptor, instant_over(projection, synapse, is_instant));
            continue;
        }
        let onto = synapses_onto(projection, unit, neuron);
        for (var synapse = onto.x; synapse < onto.y; synapse += 1u) {
            sum = added(sum, projection.receptor, instant_over(projection, synapse, is_instant));
        }
    }
    return sum;
}
