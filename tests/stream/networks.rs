//! Small networks of every kind that the large ones have.

use spikefront::network::{
    Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Synapse, Values,
};

pub fn neuron(tau_synapse: &[f64], drive: f64) -> Neuron {
    Neuron::leaky_integrate_and_fire()
        .tau_membrane(20.0)
        .receptors(tau_synapse.iter().copied())
        .threshold(-50.0)
        .rest(drive)
        .initial(-60.0)
        .reset(Reset::refractory(-60.0, 5.0))
}

/// Excitation and inhibition of two time constants, one delay, a drive above the threshold.
pub fn two_currents(seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let neuron = neuron(&[5.0, 10.0], -49.0);
    let e = network.population("excitatory", 160, neuron.clone());
    let i = network.population("inhibitory", 40, neuron);
    for target in [e, i] {
        let rule = Rule::FixedProbability(0.2);
        let from = |weight: f64| Projection::by_rule(rule.clone(), weight).delay(0.8);
        network.connect(e, target, from(0.5));
        network.connect(i, target, from(-1.2).receptor(1));
        network.initial_potential(target, Values::uniform(-60.0, -50.0));
    }
    network
}

/// One current, delays and weights drawn, Poisson drive, a generator, populations that differ.
pub fn drawn(seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let e = network.population("excitatory", 120, neuron(&[0.5], -65.0));
    let other = Neuron::leaky_integrate_and_fire()
        .tau_membrane(8.0)
        .receptors([2.0, 0.7, 8.0])
        .threshold(12.0);
    let i = network.population("inhibitory", 40, other);
    let g = network.generators("stimulus", vec![vec![1.0, 2.5, 30.0], vec![], vec![7.25]]);
    let delay = Values::normal(1.5, 0.75).at_least(0.1);
    let total = Rule::FixedTotalNumber(2400);
    let own = Projection::by_rule(total, Values::normal(5.0, 0.5)).delay(delay);
    network.connect(e, e, own);
    let onward = Projection::by_rule(Rule::FixedInDegree(20), Values::log_normal(2.0, 1.0));
    network.connect(e, i, onward.delay(delay).receptor(2));
    let back = Projection::by_rule(Rule::FixedInDegree(12), -8.0).delay(0.3);
    network.connect(i, e, back);
    let among = Projection::by_rule(Rule::FixedProbability(0.1), -1.0)
        .delay(Values::uniform(0.2, 0.9))
        .without_autapses();
    network.connect(i, i, among);
    let synapse = |source, target| Synapse {
        source,
        target,
        weight: 60.0,
        delay: 0.5,
    };
    let list = vec![synapse(0, 3), synapse(2, 9), synapse(0, 119)];
    network.connect(g, e, Projection::list(list));
    network.poisson(e, 0, 4.0, 7.0);
    network.poisson(i, 1, 1.0, 4.0);
    network.poisson(i, 0, 0.5, -1.0);
    network
}
