// Neurons that have up to four receptors: the words of currents_one.wgsl. Of receptors that a neuron has not, currents and all that
// follows from them are zero and stay so. Needs types.wgsl.

alias Currents = vec4<f32>;

struct Pair {
    x: f32,
    y: Currents,
}

const CURRENT_WORDS: u32 = 4u;

fn rates_of(neuron: Neuron) -> Currents {
    return neuron.synapse_rates;
}

fn total(currents: Currents) -> f32 {
    return (currents.x + currents.y) + (currents.z + currents.w);
}

fn is_zero(currents: Currents) -> bool {
    return all(currents == vec4<f32>(0.0));
}

fn current_of(currents: Currents, receptor: u32) -> f32 {
    return currents[receptor];
}

fn with_current(currents: Currents, receptor: u32, value: f32) -> Currents {
    return select(currents, vec4<f32>(value), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(receptor));
}

fn added(currents: Currents, receptor: u32, weight: f32) -> Currents {
    return currents + with_current(Currents(), receptor, weight);
}

// All weight that arrived on one receptor would cancel that on another, and what is left of it.
const COLLECTS_WEIGHTS: bool = false;

// Each weight over the rate of its receptor: the sum over receptors of (all weight - I) / a.
fn collected(neuron: Neuron, receptor: u32, weight: f32) -> f32 {
    return weight / current_of(neuron.synapse_rates, receptor);
}

fn charge_of(neuron: Neuron, all: f32, left: Currents) -> f32 {
    return all - total(left / neuron.synapse_rates);
}
