//! Recordings made by hand, for tests.

use super::{Loss, central_differences};
use crate::Result;
use crate::event::{Maximum, ReadoutRecording, Recording};
use crate::network::{Distribution, Network, Neuron, PopulationId, Projection};

const WEIGHTS: Distribution = Distribution::Uniform {
    lowest: 0.0,
    highest: 1.0,
};

/// `n_hidden` neurons, then `n_outputs`, that fired `spikes[sample]` = (neuron, time in ms).
pub(super) fn spiking(
    n_hidden: usize,
    n_outputs: usize,
    spikes: &[&[(u32, f64)]],
    duration: f64,
) -> Result<(Network, PopulationId, Recording)> {
    let mut network = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire();
    let hidden = network.population("hidden", n_hidden, neuron.clone());
    let output = network.population("output", n_outputs, neuron);
    network.connect(hidden, output, Projection::random(WEIGHTS));
    let mut recording = Recording {
        offsets: vec![0],
        ends: vec![duration; spikes.len()],
        duration,
        ..Recording::default()
    };
    for &(neuron, time) in spikes.iter().copied().flatten() {
        recording.neurons.push(neuron);
        recording.times.push(time);
    }
    for sample in spikes {
        let so_far = recording.offsets[recording.offsets.len() - 1];
        recording.offsets.push(so_far + sample.len());
    }
    recording.slopes = vec![1.0; recording.times.len()];
    recording.release_slopes = vec![0.0; recording.times.len()];
    Ok((network.build()?, output, recording))
}

/// A readout of `size` neurons with these integrals, `[sample x neuron]`.
pub(super) fn readout(
    size: usize,
    integrals: &[f64],
) -> Result<(Network, PopulationId, Recording)> {
    let mut network = Network::builder();
    let input = network.input("input", 1);
    let output = network.population("output", size, Neuron::leaky_integrator());
    network.connect(input, output, Projection::random(WEIGHTS));
    let n_samples = integrals.len() / size;
    let recording = Recording {
        offsets: vec![0; n_samples + 1],
        ends: vec![10.0; n_samples],
        duration: 10.0,
        readouts: vec![ReadoutRecording {
            population: output.index(),
            integrals: integrals.to_vec(),
            voltages: Vec::new(),
            maxima: Vec::new(),
        }],
        ..Recording::default()
    };
    Ok((network.build()?, output, recording))
}

/// A readout of `size` neurons with these voltages, `[sample x time x neuron]`.
pub(super) fn voltages(
    size: usize,
    times: &[f64],
    voltages: &[f64],
) -> Result<(Network, PopulationId, Recording)> {
    let n_samples = voltages.len() / (size * times.len());
    let (network, output, mut recording) = readout(size, &vec![0.0; n_samples * size])?;
    recording.voltage_times = times.to_vec();
    recording.readouts[0].voltages = voltages.to_vec();
    Ok((network, output, recording))
}

/// A readout of `size` neurons with these largest voltages, `[sample x neuron]`.
pub(super) fn maxima(size: usize, maxima: &[f64]) -> Result<(Network, PopulationId, Recording)> {
    let (network, output, mut recording) = readout(size, &vec![0.0; maxima.len()])?;
    let maximum = |&voltage: &f64| Maximum {
        voltage,
        time: 4.0,
        slope: 0.0,
    };
    recording.readouts[0].maxima = maxima.iter().map(maximum).collect();
    Ok((network, output, recording))
}

/// Checks a loss's cotangent against differences of its value, and that another loss is told apart.
pub(super) fn assert_cotangent(
    loss: &dyn Loss,
    control: &dyn Loss,
    network: &Network,
    recording: &Recording,
    labels: &[usize],
) -> Result<()> {
    let expected = central_differences(loss, network, recording, labels, 1e-5)?;
    let expected: Vec<f64> = expected.entries().collect();
    let cotangent = |loss: &dyn Loss| -> Result<Vec<f64>> {
        let value = loss.evaluate(network, recording, labels)?;
        Ok(value.cotangent.entries().collect())
    };
    let found = cotangent(loss)?;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_close(*found, *expected, 1e-8);
    }
    let pairs = cotangent(control)?.into_iter().zip(expected);
    let apart = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    assert!(apart > 1e-5, "the control is only {apart} apart");
    Ok(())
}

#[track_caller]
pub(super) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{found}, not {expected}"
    );
}
