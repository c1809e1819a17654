// Which population a neuron belongs to. Needs sparse_types.wgsl, and the kernel's `populations` and
// `parameters.n_populations`.

// The last population that does not begin after a neuron.
fn population_of(neuron: u32) -> u32 {
    var low = 0u;
    var high = parameters.n_populations;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (populations[middle].first_neuron <= neuron) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
