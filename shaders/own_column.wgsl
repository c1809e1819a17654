// What a column of a neuron's own value makes of its potential while events stay. Needs types.wgsl, column.wgsl, tile.wgsl,
// own_places.wgsl, and the kernel's `sizes` and `sensitivities`.

// Given where the derivatives lie.
fn own_derivative(column: Column, neuron: Neuron, at: u32) -> f32 {
    // Kinds below that of a direction are none of these.
    if (sizes.has_own == 0u || column.kind < DIRECTION) {
        return 0.0;
    }
    var sum = moved_value(column, TAU_MEMBRANE, neuron.tau_membrane) * sensitivities[at];
    for (var k = 0u; k < CURRENT_WORDS; k += 1u) {
        sum += moved_value(column, TAU_SYNAPSE, neuron.tau_synapse[k]) * sensitivities[at + 1u + k];
    }
    sum += moved_value(column, REST, neuron.rest) * sensitivities[at + 1u + CURRENT_WORDS];
    return sum + moved_value(column, INITIAL, neuron.initial_place) * sensitivities[at + 2u + CURRENT_WORDS];
}
