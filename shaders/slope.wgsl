// The slope below which a neuron's spike is grazing. Needs types.wgsl, and the kernel's `step` and `values`.

// The smallest slope that is divided by: the neuron's scale may vanish in single precision.
const LEAST_SLOPE: f32 = 1e-37;

// `slope_scale` of src/dynamics/neuron.rs, times the floor.
fn slope_floor(neuron: Neuron) -> f32 {
    let value = values[neuron.threshold];
    let threshold = value - neuron.drive;
    let climb = select(threshold - neuron.reset_potential, value, neuron.refractory < 0.0);
    return max(step.slope_floor * neuron.membrane_rate * max(abs(threshold), climb), LEAST_SLOPE);
}
