// Neurons with several currents share no intervals: each meets every arrival on its own. Needs types.wgsl and state.wgsl.

fn advance_below(
    slot: u32, neuron: Neuron, n_arrivals: u32, ix: u32, threshold: f32, most: u32, state: ptr<function, State>,
) -> u32 {
    return 0u;
}

fn load_weights(sample: u32, ix: u32, first: u32, n_arrivals: u32) {
}
