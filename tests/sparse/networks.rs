//! Small networks of every kind that the large ones have.

use spikefront::sparse::{
    Rule, SparseNetwork, SparseNetworkBuilder, SparseNeuron, SparseReset, Synapse, Synapses, Values,
};

pub fn neuron(tau_synapse: &[f64], drive: f64) -> SparseNeuron {
    SparseNeuron {
        tau_membrane: 20.0,
        tau_synapse: tau_synapse.to_vec(),
        threshold: -50.0,
        drive,
        reset: SparseReset::To {
            potential: -60.0,
            refractory: 5.0,
        },
    }
}

/// Excitation and inhibition of two time constants, one delay, a drive above the threshold.
pub fn two_currents(seed: u64) -> SparseNetworkBuilder {
    let mut network = SparseNetwork::builder(seed);
    let neuron = neuron(&[5.0, 10.0], -49.0);
    let e = network.population("excitatory", 160, neuron.clone());
    let i = network.population("inhibitory", 40, neuron);
    for target in [e, i] {
        let rule = Rule::FixedProbability(0.2);
        network.connect(e, target, rule.clone(), Synapses::new(0.5, 0.8));
        network.connect(i, target, rule, Synapses::new(-1.2, 0.8).receptor(1));
        network.initial_potential(target, Values::uniform(-60.0, -50.0));
    }
    network
}

/// One current, delays and weights drawn, Poisson drive, a generator, populations that differ.
pub fn drawn(seed: u64) -> SparseNetworkBuilder {
    let mut network = SparseNetwork::builder(seed);
    let e = network.population("excitatory", 120, neuron(&[0.5], -65.0));
    let other = SparseNeuron {
        tau_membrane: 8.0,
        threshold: 12.0,
        drive: 0.0,
        reset: SparseReset::Subtract,
        ..neuron(&[2.0, 0.7, 8.0], 0.0)
    };
    let i = network.population("inhibitory", 40, other);
    let g = network.generators("stimulus", vec![vec![1.0, 2.5, 30.0], vec![], vec![7.25]]);
    let delay = Values::normal(1.5, 0.75).at_least(0.1);
    let total = Rule::FixedTotalNumber(2400);
    network.connect(e, e, total, Synapses::new(Values::normal(5.0, 0.5), delay));
    network.connect(
        e,
        i,
        Rule::FixedInDegree(20),
        Synapses::new(Values::log_normal(2.0, 1.0), delay).receptor(2),
    );
    network.connect(i, e, Rule::FixedInDegree(12), Synapses::new(-8.0, 0.3));
    network.connect(
        i,
        i,
        Rule::FixedProbability(0.1),
        Synapses::new(-1.0, Values::uniform(0.2, 0.9)).without_autapses(),
    );
    let synapse = |source, target| Synapse {
        source,
        target,
        weight: 60.0,
        delay: 0.5,
    };
    network.connect_list(g, e, 0, vec![synapse(0, 3), synapse(2, 9), synapse(0, 119)]);
    network.poisson(e, 0, 4.0, 7.0);
    network.poisson(i, 1, 1.0, 4.0);
    network.poisson(i, 0, 0.5, -1.0);
    network
}
