//! A small network of everything that one in rows and one for batches both have.

use spikefront::network::{
    Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Synapse, Values,
};

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
