//! The current-based network of Vogels and Abbott.

use crate::network::{Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Values};

/// Vogels and Abbott (2005), as benchmark 2 of Brette et al. (2007) has it: 3,200 excitatory and 800 inhibitory
/// neurons, connected with probability 2 %; the drive of -49 mV lies above the threshold of -50 mV.
///
/// As there a synapse gives 1.62 mV or -9 mV to a current that reaches the membrane divided by its time constant. Delays,
/// 0.1 ms, are those of implementations on a grid. Potentials start uniformly between reset and threshold.
/// In-degrees are kept when the network is scaled.
pub fn cuba(scale: f64, seed: u64) -> NetworkBuilder {
    const TAU_MEMBRANE: f64 = 20.0;
    const DELAY: f64 = 0.1;
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(TAU_MEMBRANE)
        .receptors([5.0, 10.0])
        .threshold(-50.0)
        .rest(-49.0)
        .initial(-60.0)
        .reset(Reset::refractory(-60.0, 5.0));
    let mut network = Network::builder().seed(seed);
    let excitatory = network.population("excitatory", super::scaled(3200, scale), neuron.clone());
    let inhibitory = network.population("inhibitory", super::scaled(800, scale), neuron);
    let rule = Rule::FixedProbability((0.02 / scale).min(1.0));
    for target in [excitatory, inhibitory] {
        let synapses =
            |weight: f64| Projection::by_rule(rule.clone(), weight / TAU_MEMBRANE).delay(DELAY);
        network.connect(excitatory, target, synapses(1.62));
        network.connect(inhibitory, target, synapses(-9.0).receptor(1));
        network.initial_potential(target, Values::uniform(-60.0, -50.0));
    }
    network
}
