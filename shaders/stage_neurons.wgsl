// The neurons of a sequential stage, counted through its populations. Needs types.wgsl, and the kernel's
// `parameters.populations` and `parameters.n_populations`.

// The neuron of the network that has a number in the stage: populations lie one after another.
fn unit_of(ix: u32) -> u32 {
    var rest = ix;
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        let population = parameters.populations[p];
        if (rest < population.size) {
            return population.first_unit + rest;
        }
        rest -= population.size;
    }
    return NONE;
}

// How many neurons the stage has.
fn n_stage_neurons() -> u32 {
    var n = 0u;
    for (var p = 0u; p < parameters.n_populations; p += 1u) {
        n += parameters.populations[p].size;
    }
    return n;
}
