//! `shaders/renew_neurons.wgsl` against the constants that the host computes.

use spikefront::gpu::kernels;
use spikefront::gpu::kernels::renew_neurons::RenewNeuronsParameters;
use spikefront::gpu::layout::Neuron;

use super::harness::{Device, device, read, uniform, written};
use super::mutant;

/// Neurons before the population, which stay as they are.
const BEFORE: usize = 2;
const SIZE: usize = 70;
/// Values of a neuron: membrane and two synaptic time constants, rest, initial potential.
const EACH: usize = 5;

fn value(neuron: usize, k: usize) -> f32 {
    [20.0, 5.0, 11.0, 0.25, 0.375][k] * (1.0 + neuron as f32 / 64.0)
}

/// As the host makes it before: of other values.
fn neuron(ix: usize) -> Neuron {
    let place = |k: usize| (ix * EACH + k) as u32;
    Neuron {
        synapse_rates: [0.5, 0.5, 1.0, 1.0],
        tau_synapse: [place(1), place(2), place(1), place(1)],
        tau_membrane: place(0),
        rest: place(3),
        initial_place: place(4),
        membrane_rate: 0.5,
        rest_potential: 7.0,
        initial: 7.0,
        reset_potential: if ix.is_multiple_of(2) { 7.0 } else { 0.0 },
        refractory: if ix.is_multiple_of(2) { 1.0 } else { -1.0 },
        reset_value: -0.5,
        n_receptors: 1 + u32::from(ix.is_multiple_of(3)),
        first_unit: 5,
        ..Neuron::default()
    }
}

/// What it is to be; quotients of f64 rounded once.
fn renewed(ix: usize) -> Neuron {
    let before = neuron(ix);
    let rate = |k: usize| (1.0 / f64::from(value(ix, k))) as f32;
    let rest = value(ix, 3);
    let mut synapse_rates = before.synapse_rates;
    let receptors = synapse_rates.iter_mut().take(before.n_receptors as usize);
    receptors.zip(1..).for_each(|(own, k)| *own = rate(k));
    Neuron {
        synapse_rates,
        membrane_rate: rate(0),
        rest_potential: rest,
        initial: value(ix, 4) - rest,
        reset_potential: match before.refractory < 0.0 {
            true => 0.0,
            false => before.reset_value - rest,
        },
        ..before
    }
}

fn faults(device: &Device, shader: &str) -> Vec<String> {
    let n = BEFORE + SIZE + 1;
    let parameters = RenewNeuronsParameters {
        first_unit: BEFORE as u32,
        population_size: SIZE as u32,
    };
    let values: Vec<f32> = (0..n)
        .flat_map(|ix| (0..EACH).map(move |k| value(ix, k)))
        .collect();
    let bindings = [
        (0, uniform(&parameters)),
        (1, written(&(0..n).map(neuron).collect::<Vec<_>>())),
        (3, read(&values)),
    ];
    let found = device.run("renew_neurons", shader, &bindings, [2, 1, 1]);
    let found: Vec<Neuron> = bytemuck::pod_collect_to_vec(&found[0]);
    let mut faults = Vec::new();
    for (ix, &found) in found.iter().enumerate() {
        let is_own = (BEFORE..BEFORE + SIZE).contains(&ix);
        let expected = if is_own { renewed(ix) } else { neuron(ix) };
        // Quotients of devices may be off by two and a half units in the last place.
        let near = |x: f32, y: f32| (x - y).abs() <= 3e-7 * y.abs();
        let rates = found.synapse_rates.iter().zip(expected.synapse_rates);
        let is_near = near(found.membrane_rate, expected.membrane_rate)
            && rates.fold(true, |all, (&x, y)| all && near(x, y));
        let rest = Neuron {
            synapse_rates: expected.synapse_rates,
            membrane_rate: expected.membrane_rate,
            ..found
        };
        if !is_near || rest != expected {
            faults.push(format!("neuron {ix}: {found:?}, not {expected:?}"));
        }
    }
    faults
}

#[test]
fn neurons_follow_their_values() {
    let Some(device) = device() else { return };
    let faults = faults(&device, kernels::renew_neurons::SOURCE.text);
    assert!(faults.is_empty(), "{}", faults[0]);
}

#[test]
fn a_renewal_with_one_thing_wrong_is_reported() {
    let Some(device) = device() else { return };
    for (right, wrong) in [
        ("k < neuron.n_receptors", "k < 4u"),
        (
            "values[neuron.tau_synapse[k]]",
            "values[neuron.tau_synapse[0]]",
        ),
        (
            "1.0 / values[neuron.tau_membrane]",
            "values[neuron.tau_membrane]",
        ),
        ("neuron.rest_potential = values[neuron.rest];", ""),
        (
            "values[neuron.initial_place] - neuron.rest_potential",
            "values[neuron.initial_place]",
        ),
        ("neuron.refractory >= 0.0", "true"),
        (
            "neuron.reset_value - neuron.rest_potential",
            "neuron.reset_value",
        ),
        (
            "id.x >= parameters.population_size",
            "id.x > parameters.population_size",
        ),
    ] {
        let n = faults(
            &device,
            &mutant(kernels::renew_neurons::SOURCE.text, right, wrong),
        )
        .len();
        println!("{n:>4} faults with {wrong:?}");
        assert!(n > 0, "{wrong:?} passes for {right:?}");
    }
}
