// What a spike sends at once: over synapses of its stage whose delay is zero. Needs types.wgsl, of one current or several the words
// for them, and the kernel's `projections` and `values`.

// The weights of what a spike sends to a neuron at once, by receptor.
fn instant_weight(source: Neuron, source_unit: u32, target_neuron: Neuron, target_unit: u32) -> Currents {
    var sum = Currents();
    for (var p = 0u; p < target_neuron.n_projections; p += 1u) {
        let projection = projections[target_neuron.first_projection + p];
        if (projection.is_inner == 0u || projection.source != source.source) {
            continue;
        }
        let row = (source_unit - source.first_unit) * projection.target_size + (target_unit - target_neuron.first_unit);
        var is_instant = projection.whole_windows == 0u && projection.remainder == 0.0;
        if (projection.is_per_synapse != 0u) {
            is_instant = values[projection.delays + row] == 0.0;
        }
        if (is_instant) {
            sum = added(sum, projection.receptor, values[projection.weights + row]);
        }
    }
    return sum;
}
