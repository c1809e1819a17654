// Which source of a part of the synapses a unit belongs to. Needs sparse_types.wgsl, and the kernel's `sparse_sources`
// and the fields of sources of its `parameters`.

// Where the part's source is that has a unit: the last that does not begin after it.
fn place_of_source(unit: u32) -> u32 {
    var low = 0u;
    var high = parameters.n_sources;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (sparse_sources[parameters.first_source + middle].first_unit <= unit) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return parameters.first_source + low;
}

fn source_of(unit: u32) -> SparseSource {
    return sparse_sources[place_of_source(unit)];
}
