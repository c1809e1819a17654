//! A small network of everything that one in rows and one for batches both have.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::event::SpikeBatch;
use spikefront::loss::IntegralCrossEntropy;
use spikefront::network::{
    Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Synapse, Values,
};
use spikefront::train::{ParameterGroups, Samples, Trainer, TrainerSettings};
use spikefront::{Engine, Result};

/// How long it runs, in ms.
pub const DURATION: f64 = 60.0;

/// Excitation and inhibition by rules and from a list, pairs with several synapses, delays of each synapse's own and shared,
/// a generator and Poisson arrivals.
pub fn described(seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let e = Neuron::leaky_integrate_and_fire()
        .tau_membrane(10.0)
        .tau_synapse(3.0)
        .initial(0.25)
        .reset(Reset::refractory(-0.125, 1.5));
    let i = Neuron::leaky_integrate_and_fire()
        .tau_membrane(8.0)
        .tau_synapse(4.0)
        .rest(0.5);
    let e = network.population("e", 16, e);
    let i = network.population("i", 6, i);
    let g = network.generators(
        "stimulus",
        vec![vec![1.0, 2.5, 30.0], vec![], vec![7.25, 41.0]],
    );
    let delay = Values::uniform(0.75, 4.0);
    let own = Projection::by_rule(Rule::FixedTotalNumber(90), Values::normal(0.06, 0.05));
    network.connect(e, e, own.delay(delay).without_autapses());
    let onward = Projection::by_rule(Rule::FixedInDegree(5), Values::log_normal(0.1, 0.05));
    network.connect(e, i, onward.delay(delay));
    let back = Projection::by_rule(Rule::FixedProbability(0.4), -0.1).delay(1.0);
    network.connect(i, e, back);
    let synapse = |source, target, delay| Synapse {
        source,
        target,
        weight: 0.75,
        delay,
    };
    let list = vec![
        synapse(0, 3, 0.75),
        synapse(2, 9, 2.0),
        synapse(0, 15, 1.25),
        synapse(2, 9, 3.5),
    ];
    network.connect(g, e, Projection::list(list));
    network.poisson(e, 0, 1.5, 0.125);
    network
}

/// Two classes that differ in which of four channels spike early, each spike at a time of its own.
fn samples(n: usize, seed: u64) -> Result<Samples> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut inputs = SpikeBatch::new();
    let labels: Vec<usize> = (0..n).map(|ix| ix % 2).collect();
    for &label in &labels {
        let channels: Vec<Vec<f64>> = (0..4)
            .map(|channel| {
                let late = if channel / 2 == label { 0.0 } else { 15.0 };
                vec![late + rng.random_range(0.0..10.0)]
            })
            .collect();
        inputs.push_channels(&channels)?;
    }
    Samples::new(inputs, labels)
}

/// Trains a layer that is connected by rules, to itself as well, each synapse with a delay of its own, under Poisson noise; the
/// losses of the epochs, and the accuracy on other samples. Its neurons have receptors with these time constants, input on the first,
/// its own spikes on the last; where there are several, their time constants are trained, too.
pub fn trained(
    engine: impl Engine + 'static,
    epochs: usize,
    taus: &[f64],
) -> Result<(Vec<f64>, f64)> {
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .receptors(taus.to_vec())
        .reset(Reset::refractory(0.0, 2.0));
    let mut network = Network::builder().seed(1);
    let input = network.input("input", 4);
    let hidden = network.population("hidden", 24, neuron);
    let output = network.population("output", 2, Neuron::leaky_integrator());
    let delay = Values::uniform(1.0, 8.0);
    let into = Projection::by_rule(Rule::FixedProbability(0.5), Values::normal(0.3, 0.2));
    let own = Projection::by_rule(Rule::FixedProbability(0.1), Values::normal(0.0, 0.1));
    network.connect(input, hidden, into.delay(delay));
    let own = own.delay(delay).receptor(taus.len() - 1);
    let own = network.connect(hidden, hidden, own);
    network.connect(
        hidden,
        output,
        Projection::random(Values::normal(0.0, 0.02)),
    );
    network.poisson(hidden, 0, 0.05, 0.05);
    let network = network.build()?;
    let loss = IntegralCrossEntropy::new(output).scale(0.1)?;
    let mut settings = TrainerSettings::new(50.0);
    settings.learning_rate = 0.01;
    settings.batch_size = 16;
    let mut groups = ParameterGroups::new(&network);
    for projection in network.projection_ids() {
        groups = groups.weights(&network, projection, 1.0)?;
    }
    groups = groups.delays(&network, own, 10.0)?;
    if taus.len() > 1 {
        groups = groups.tau_synapse(&network, hidden, 1.0)?;
    }
    settings.groups = Some(groups);
    let mut trainer = Trainer::new(network.clone(), engine, loss, settings, 0)?;
    let before = trainer.parameters().clone();
    let train = samples(16 * epochs.min(4), 1)?;
    let losses = (0..epochs).map(|_| Ok(trainer.epoch(&train, None)?.loss));
    let losses = losses.collect::<Result<Vec<f64>>>()?;
    // What is not trained stays, and what is has moved.
    let (layout, after) = (network.layout(), trainer.parameters());
    let moved =
        |range: std::ops::Range<usize>| before.values()[range.clone()] != after.values()[range];
    let noise = layout.find("poisson->hidden/weight").expect("it is there");
    assert!(!moved(noise.range.clone()) && moved(layout.delays(own)) && moved(layout.weights(own)));
    for receptor in 0..taus.len() {
        let tau = layout.tau_synapse(hidden, receptor).expect("it is there");
        assert_eq!(moved(tau), taus.len() > 1);
    }
    Ok((
        losses,
        trainer.evaluate(&samples(16 * epochs.min(4), 2)?)?.accuracy,
    ))
}
