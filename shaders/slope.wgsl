// The slope below which a neuron's spike is grazing. Needs types.wgsl, jump.wgsl, and the kernel's
// `values` and `parameters.slope_floor`.

// The smallest slope that is divided by: the neuron's scale may vanish in single precision.
const LEAST_SLOPE: f32 = 1e-37;

// `slope_scale` of src/dynamics/neuron.rs, times the floor.
fn slope_floor(neuron: Neuron) -> f32 {
    let value = values[neuron.threshold];
    let threshold = value - neuron.rest_potential;
    let subtracts = reset_rule(neuron.refractory) == SUBTRACTS;
    let climb = select(threshold - neuron.reset_potential, value, subtracts);
    return max(parameters.slope_floor * neuron.membrane_rate * max(abs(threshold), climb), LEAST_SLOPE);
}
