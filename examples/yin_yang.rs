//! Yin-Yang from nothing but library calls: data, network, loss, training, a decision map.
//!
//! `cargo run --release --example yin_yang [EPOCHS] [FOLDER]` writes FOLDER/decision.svg.

use ndarray::Array2;
use spikefront::cpu::CpuEngine;
use spikefront::data::{LatencyEncoder, yin_yang_splits};
use spikefront::files::{create_folder, write_atomically};
use spikefront::loss::{FirstSpikeCrossEntropy, SilentOutput};
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::optim::Schedule;
use spikefront::plot::{Decision, decision};
use spikefront::train::{Samples, Trainer, TrainerSettings};

const CELLS: usize = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let epochs: usize = arguments.next().map_or(Ok(20), |text| text.parse())?;
    let folder = arguments.next().unwrap_or("target/yin_yang".into());
    create_folder(&folder)?;

    // Each coordinate is the time of one spike; a fifth channel spikes at 20 ms.
    let encoder = LatencyEncoder::new(10.0, 40.0)?.with_bias(20.0)?;
    let splits = yin_yang_splits();
    let train = Samples::encode(&splits.train, &encoder)?;
    let test = Samples::encode(&splits.test, &encoder)?;

    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .tau_synapse(5.0)
        .reset(Reset::to(0.0));
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    let mut network = Network::builder();
    let input = network.input("input", 5);
    let hidden = network.population("hidden", 120, neuron.clone());
    let output = network.population("output", 3, neuron);
    network.connect(input, hidden, normal(0.075, 0.04));
    network.connect(hidden, output, normal(0.05, 0.005));
    let network = network.build()?;

    // The class whose output fires first; early spikes of the right one are rewarded.
    let loss = FirstSpikeCrossEntropy::new(output, 0.5)?
        .reward_early(0.003, 6.4)?
        .silent(SilentOutput::LeftOut);
    let engine = CpuEngine::new();
    let mut settings = TrainerSettings::new(60.0);
    settings.learning_rate = 5e-4;
    settings.schedule = Schedule::Exponential { factor: 0.9 };
    let mut trainer = Trainer::new(network.clone(), engine.clone(), loss, settings, 1)?;
    for _ in 0..epochs {
        let epoch = trainer.epoch(&train, None)?;
        let (loss, accuracy) = (epoch.loss, 100.0 * epoch.train_accuracy);
        println!(
            "epoch {:2}  loss {loss:.4}  accuracy {accuracy:.1} %",
            epoch.epoch
        );
    }
    let accuracy = 100.0 * trainer.evaluate(&test)?.accuracy;
    println!("test accuracy {accuracy:.1} %");

    let square = Array2::from_shape_fn((CELLS * CELLS, 4), |(cell, feature)| {
        let place = [cell % CELLS, cell / CELLS][feature % 2] as f64;
        let value = (place + 0.5) / CELLS as f64;
        if feature < 2 { value } else { 1.0 - value }
    });
    let spikes = encoder.encode_features(square.view())?;
    let cells = Samples::new(spikes, vec![0; CELLS * CELLS])?;
    let picture = decision(&Decision {
        n: CELLS,
        grid: &trainer.evaluate(&cells)?.predictions,
        samples: &[],
        names: &["yin", "yang", "dot"],
    })?;
    let path = std::path::Path::new(&folder).join("decision.svg");
    write_atomically(&path, picture)?;
    println!("decision map in {}", path.display());
    Ok(())
}
