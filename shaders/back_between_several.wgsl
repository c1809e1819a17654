// Neurons with several currents share no intervals: each meets every arrival on its own. Needs types.wgsl and lanes.wgsl.

fn back_over_intervals(slot: u32, neuron: Neuron, ix: u32, lane: ptr<function, Lane>, left: u32, n: u32) {
}
