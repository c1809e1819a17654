//! Memory: exclusive or of two cues 150 ms apart, with and without recurrence.
//!
//! `cargo run --release --example delayed_xor [-- gpu]`
//!
//! The membrane forgets within 20 ms. Spikes that the hidden neurons send one another, 10 ms late each time, do not: trained with exact
//! gradients through all of them, they carry the first cue to the second. The same network without recurrence
//! cannot learn it.

use spikefront::cpu::CpuEngine;
use spikefront::data::delayed_xor;
use spikefront::gpu::GpuEngine;
use spikefront::loss::IntegralCrossEntropy;
use spikefront::model::{Distribution, Network, Neuron, PopulationId, Projection, Reset};
use spikefront::optim::Schedule;
use spikefront::train::{Samples, Trainer, TrainerSettings};
use spikefront::{Engine, Result};

/// Between the cues, in ms.
const GAP: f64 = 150.0;

/// How long a sample runs, in ms.
const RUN: f64 = GAP + 50.0;

const EPOCHS: usize = 40;

/// 4 channels, 40 hidden neurons, a readout for each answer.
fn network(is_recurrent: bool) -> Result<(Network, PopulationId)> {
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::To {
        potential: 0.0.into(),
        refractory: 4.0.into(),
    });
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    let mut network = Network::builder();
    let input = network.input("input", 4);
    let hidden = network.population("hidden", 40, neuron);
    let answer = network.population("answer", 2, Neuron::leaky_integrator());
    network.connect(input, hidden, normal(0.2, 0.3));
    if is_recurrent {
        network.connect(hidden, hidden, normal(0.01, 0.1).delay(10.0));
    }
    network.connect(hidden, answer, normal(0.0, 0.01));
    Ok((network.build()?, answer))
}

fn main() -> Result<()> {
    let engine: Box<dyn Engine> = if std::env::args().any(|argument| argument == "gpu") {
        Box::new(GpuEngine::new(&Default::default())?)
    } else {
        Box::new(CpuEngine::new())
    };
    let samples = |n_samples, seed| {
        let (inputs, labels) = delayed_xor(n_samples, GAP, seed)?;
        Samples::new(inputs, labels)
    };
    let (train, test) = (samples(1000, 1)?, samples(500, 2)?);
    let mut settings = TrainerSettings::new(RUN);
    settings.learning_rate = 0.005;
    settings.schedule = Schedule::Cosine { epochs: EPOCHS };
    settings.gradient.slope_floor = 0.01;
    for (name, is_recurrent) in [("recurrent", true), ("feed-forward", false)] {
        let (network, answer) = network(is_recurrent)?;
        let loss = IntegralCrossEntropy::new(answer);
        let mut trainer = Trainer::new(&network, engine.as_ref(), &loss, settings.clone(), 0)?;
        for epoch in 1..=EPOCHS {
            let metrics = trainer.epoch(&train, None)?;
            if epoch % 10 == 0 {
                let accuracy = 100.0 * trainer.evaluate(&test)?.accuracy;
                println!(
                    "{name}, epoch {epoch:2}: loss {:.4}, test accuracy {accuracy:.1} %",
                    metrics.loss
                );
            }
        }
    }
    Ok(())
}
