// Makes the rates and potentials of a population's neurons anew from its values (`src/gpu/tables.rs` makes them first): one invocation is
// one neuron. Needs types.wgsl.

struct RenewNeuronsParameters {
    // The population: its first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
}

@group(0) @binding(0) var<uniform> parameters: RenewNeuronsParameters;
@group(0) @binding(1) var<storage, read_write> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn renew_neurons(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.population_size) {
        return;
    }
    let unit = parameters.first_unit + id.x;
    var neuron = neurons[unit];
    for (var k = 0u; k < neuron.n_receptors; k += 1u) {
        neuron.synapse_rates[k] = 1.0 / values[neuron.tau_synapse[k]];
    }
    neuron.membrane_rate = 1.0 / values[neuron.tau_membrane];
    neuron.rest_potential = values[neuron.rest];
    neuron.initial = values[neuron.initial_place] - neuron.rest_potential;
    if (neuron.refractory >= 0.0) {
        neuron.reset_potential = neuron.reset_value - neuron.rest_potential;
    }
    neurons[unit] = neuron;
}
