// Neurons that have one receptor. What kernels say of currents they say in these words, and are made with this file or with
// currents_several.wgsl. Needs types.wgsl.

// What a neuron has of each receptor.
alias Currents = f32;
// A potential and its currents, or their derivatives, or adjoints.
alias Pair = vec2<f32>;

// How many numbers currents are.
const CURRENT_WORDS: u32 = 1u;

fn rates_of(neuron: Neuron) -> Currents {
    return neuron.synapse_rates.x;
}

// The sum over receptors.
fn total(currents: Currents) -> f32 {
    return currents;
}

fn is_zero(currents: Currents) -> bool {
    return currents == 0.0;
}

// The number of one receptor.
fn current_of(currents: Currents, receptor: u32) -> f32 {
    return currents;
}

fn with_current(currents: Currents, receptor: u32, value: f32) -> Currents {
    return value;
}

fn added(currents: Currents, receptor: u32, weight: f32) -> Currents {
    return currents + weight;
}

// Whether the integral of a readout's currents comes of all weight that arrived; else each interval adds to it.
const COLLECTS_WEIGHTS: bool = true;

// What is collected of a weight that arrives on a receptor, and the integral of all currents since the run's start once so
// much has been collected and these are left: (all weight - I) / a.
fn collected(neuron: Neuron, receptor: u32, weight: f32) -> f32 {
    return weight;
}

fn charge_of(neuron: Neuron, all: f32, left: Currents) -> f32 {
    return (all - left) / rates_of(neuron);
}
