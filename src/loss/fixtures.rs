//! Recordings made by hand, for tests.

use super::Loss;
use crate::Result;
use crate::event::{ReadoutRecording, Recording};
use crate::model::{Distribution, Network, Neuron, PopulationId, Projection};

const WEIGHTS: Distribution = Distribution::Uniform {
    low: 0.0,
    high: 1.0,
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

/// Central differences of a loss with respect to every spike time.
pub(super) fn time_differences(
    loss: &dyn Loss,
    network: &Network,
    recording: &Recording,
    labels: &[usize],
) -> Result<Vec<f64>> {
    let at = |ix: usize, shift: f64| {
        let mut moved = recording.clone();
        moved.times[ix] += shift;
        loss.evaluate(network, &moved, labels).map(|v| v.mean)
    };
    let step = 1e-5;
    (0..recording.n_spikes())
        .map(|ix| Ok((at(ix, step)? - at(ix, -step)?) / (2.0 * step)))
        .collect()
}

#[track_caller]
pub(super) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "{found}, not {expected}"
    );
}
