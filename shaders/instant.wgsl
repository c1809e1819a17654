// What a spike sends at once: over synapses of its stage whose delay is zero. Needs types.wgsl, synapses.wgsl, of one current or several
// the words for them, and the kernel's `values`.

// The weights of what a spike sends to a neuron at once, by receptor.
fn instant_weight(source: Neuron, source_unit: u32, target_neuron: Neuron, target_unit: u32) -> Currents {
    var sum = Currents();
    for (var p = 0u; p < target_neuron.n_projections; p += 1u) {
        let projection = projection_at(target_neuron.first_projection + p);
        if (projection.is_inner == 0u || projection.source != source.source) {
            continue;
        }
        var is_instant = projection.whole_windows == 0u && projection.remainder == 0.0;
        let onto = synapses_onto(projection, source_unit - source.first_unit, target_unit - target_neuron.first_unit);
        for (var synapse = onto.x; synapse < onto.y; synapse += 1u) {
            if (projection.is_per_synapse != 0u) {
                is_instant = values[projection.delays + synapse] == 0.0;
            }
            if (is_instant) {
                sum = added(sum, projection.receptor, values[projection.weights + synapse]);
            }
        }
    }
    return sum;
}
