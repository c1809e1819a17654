//! Training a recurrent layer of many neurons, each with a hundred synapses from others.
//!
//! `cargo run --release --example sparse_layer [-- NEURONS [EPOCHS]]`
//!
//! Two classes of samples differ in which half of 100 channels spikes first. The layer is connected by a rule, each of its synapses with a
//! delay of its own, and a readout tells the class. Engines compute with the synapses that there are: 10,000 neurons take
//! a million weights and as many delays, where a matrix of all pairs would have a hundred million.

use std::time::Instant;

use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::loss::IntegralCrossEntropy;
use spikefront::network::{Network, Neuron, Projection, Reset, Rule, Values};
use spikefront::train::{ParameterGroups, Samples, Trainer, TrainerSettings};
use spikefront::{Error, Result};

const CHANNELS: usize = 100;
const DURATION: f64 = 60.0;
const SYNAPSES: u32 = 100;

fn number(place: usize, otherwise: usize) -> Result<usize> {
    match std::env::args().nth(place) {
        None => Ok(otherwise),
        Some(given) => given
            .parse()
            .map_err(|_| Error::invalid("argument", given, "give a whole number")),
    }
}

fn main() -> Result<()> {
    let (neurons, epochs) = (number(1, 10_000)?, number(2, 4)?);
    let mut network = Network::builder().seed(1);
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .tau_synapse(5.0)
        .reset(Reset::refractory(0.0, 2.0));
    let input = network.input("input", CHANNELS);
    let layer = network.population("layer", neurons, neuron);
    let output = network.population("output", 2, Neuron::leaky_integrator());
    let into = Projection::by_rule(Rule::FixedInDegree(20), Values::normal(0.06, 0.03));
    network.connect(input, layer, into);
    let own = Projection::by_rule(Rule::FixedInDegree(SYNAPSES), Values::normal(0.0, 0.005));
    let own = own.delay(Values::uniform(1.0, 5.0)).without_autapses();
    let own = network.connect(layer, layer, own);
    let deviation = 0.2 / neurons as f64;
    let out = Projection::random(Values::normal(0.0, deviation));
    let out = network.connect(layer, output, out);
    let network = network.build()?;
    println!(
        "{neurons} neurons, {} recurrent synapses",
        network.connections()[own.index()].n_synapses()
    );

    let groups = ParameterGroups::new(&network)
        .weights(&network, own, 1.0)?
        .delays(&network, own, 100.0)?
        .weights(&network, out, deviation * 100.0)?;
    let mut settings = TrainerSettings::new(DURATION);
    settings.learning_rate = 0.001;
    settings.batch_size = 16;
    settings.groups = Some(groups);
    let loss = IntegralCrossEntropy::new(output).scale(0.1)?;
    let mut trainer = Trainer::new(network, CpuEngine::new(), loss, settings, 0)?;
    let (train, test) = (samples(32, 0)?, samples(16, 32)?);
    for epoch in 1..=epochs {
        let start = Instant::now();
        let metrics = trainer.epoch(&train, None)?;
        let took = start.elapsed().as_secs_f64();
        let accuracy = 100.0 * trainer.evaluate(&test)?.accuracy;
        println!(
            "epoch {epoch}: loss {:.4}, test accuracy {accuracy:.0} %, {took:.1} s",
            metrics.loss
        );
    }
    Ok(())
}

/// Of class 0 the first half of the channels spikes in the first 10 ms and the other half in the next, of class 1 the other way round.
fn samples(count: usize, first: usize) -> Result<Samples> {
    let mut inputs = SpikeBatch::new();
    let mut labels = Vec::new();
    for sample in first..first + count {
        let label = sample % 2;
        let mut spikes: Vec<Spike> = (0..CHANNELS)
            .map(|unit| {
                let is_late = (unit < CHANNELS / 2) == (label == 1);
                let within = ((unit * 37 + sample * 61) % 97) as f64 / 9.7;
                let time = within + if is_late { 10.0 } else { 0.0 };
                Spike { unit, time }
            })
            .collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
        labels.push(label);
    }
    Samples::new(inputs, labels)
}
