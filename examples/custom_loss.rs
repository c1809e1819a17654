//! A loss of one's own: one output neuron that answers XOR by when it fires.
//!
//! `cargo run --release --example custom_loss`

use spikefront::cpu::CpuEngine;
use spikefront::data::{LatencyEncoder, xor};
use spikefront::event::Recording;
use spikefront::loss::{Loss, LossValue};
use spikefront::network::{Distribution, Network, Neuron, Projection};
use spikefront::train::{Samples, Trainer, TrainerSettings};
use spikefront::{Cotangent, Result};

/// When the last neuron should first fire for each class, in ms; not so long after the inputs
/// that it would have to fall silent.
const TARGETS: [f64; 2] = [14.0, 10.0];

/// Half the mean square distance between the last neuron's first spike and its target.
struct FirstSpikeAt;

impl Loss for FirstSpikeAt {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let (share, last) = (1.0 / labels.len() as f64, network.n_neurons() - 1);
        let (mut mean, mut cotangent) = (0.0, Cotangent::zeros(recording));
        let mut predictions = Vec::new();
        for (sample, &label) in labels.iter().enumerate() {
            let spike = recording.first_spikes(sample, last..last + 1)[0];
            let time = spike.map_or(recording.duration(), |ix| recording.times()[ix]);
            let late = time - TARGETS[label];
            mean += 0.5 * share * late * late;
            if let Some(ix) = spike {
                cotangent.spike_times[ix] = share * late;
            }
            let nearer = (time - TARGETS[1]).abs() < (time - TARGETS[0]).abs();
            predictions.push(spike.map(|_| usize::from(nearer)));
        }
        Ok(LossValue {
            mean,
            cotangent,
            predictions,
        })
    }
}

fn main() -> Result<()> {
    let encoder = LatencyEncoder::new(2.0, 10.0)?.with_bias(2.0)?;
    let samples = Samples::encode(&xor(), &encoder)?;
    let neuron = Neuron::leaky_integrate_and_fire();
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    let mut network = Network::builder();
    let input = network.input("input", 3);
    let hidden = network.population("hidden", 20, neuron.clone());
    let output = network.population("output", 1, neuron);
    network.connect(input, hidden, normal(0.25, 0.1));
    network.connect(hidden, output, normal(0.05, 0.02));
    let network = network.build()?;

    let engine = CpuEngine::new();
    let mut settings = TrainerSettings::new(50.0);
    settings.learning_rate = 3e-4;
    let mut trainer = Trainer::new(network.clone(), engine.clone(), FirstSpikeAt, settings, 2)?;
    for epoch in 0..=600 {
        let metrics = trainer.epoch(&samples, None)?;
        if epoch % 100 == 0 {
            println!(
                "epoch {epoch:3}  loss {:8.5} ms^2  accuracy {:3.0} %",
                metrics.loss,
                100.0 * metrics.train_accuracy
            );
        }
    }
    Ok(())
}
