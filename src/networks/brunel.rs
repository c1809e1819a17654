//! A balanced random network after Brunel.

use crate::network::{Network, NetworkBuilder, Neuron, Projection, Reset, Rule, weight_of_peak};

/// How many times as strong inhibition is as excitation.
pub(super) const INHIBITION: f64 = 5.0;
/// Poisson input, in what would hold the mean potential at the threshold.
pub(super) const ETA: f64 = 2.0;

/// Brunel (2000), model A, with exponential synaptic currents in place of instantaneous ones: 10,000 excitatory and
/// 2,500 inhibitory neurons, each with 1,000 and 250 synapses from them and Poisson input.
///
/// Inhibition is g = 5 times as strong as excitation, and the drive eta = 2 times the input that would hold the mean
/// potential at the threshold. As in NEST (`benches/brunel_nest.py`) the populations swing together at these values. A synapse raises the potential by 0.1 mV at most; its current decays
/// with 0.5 ms. Membrane 20 ms, threshold 20 mV, reset 10 mV, refractory 2 ms, delay 1.5 ms.
/// In-degrees are kept when the network is scaled.
pub fn brunel(scale: f64, seed: u64) -> NetworkBuilder {
    brunel_at(scale, seed, INHIBITION, ETA)
}

/// [`brunel`] with inhibition `g` times as strong as excitation and a drive of `eta` times the input that would hold the
/// mean potential at the threshold (the axes of the paper's figure 2).
pub fn brunel_at(scale: f64, seed: u64, g: f64, eta: f64) -> NetworkBuilder {
    const TAU_MEMBRANE: f64 = 20.0;
    const TAU_SYNAPSE: f64 = 0.5;
    const THRESHOLD: f64 = 20.0;
    const DELAY: f64 = 1.5;
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(TAU_MEMBRANE)
        .tau_synapse(TAU_SYNAPSE)
        .threshold(THRESHOLD)
        .initial(10.0)
        .reset(Reset::refractory(10.0, 2.0));
    let weight =
        weight_of_peak(0.1, TAU_MEMBRANE, TAU_SYNAPSE).expect("the time constants are above zero");
    // A rate r of such arrivals holds the mean of V at r weight tau_synapse tau_membrane.
    let to_threshold = THRESHOLD / (weight * TAU_SYNAPSE * TAU_MEMBRANE);
    let mut network = Network::builder().seed(seed);
    let excitatory = network.population("excitatory", super::scaled(10_000, scale), neuron.clone());
    let inhibitory = network.population("inhibitory", super::scaled(2_500, scale), neuron);
    for target in [excitatory, inhibitory] {
        let from = |in_degree, weight: f64| {
            Projection::by_rule(Rule::FixedInDegree(in_degree), weight).delay(DELAY)
        };
        network.connect(excitatory, target, from(1000, weight));
        network.connect(inhibitory, target, from(250, -g * weight));
        network.poisson(target, 0, eta * to_threshold, weight);
    }
    network
}
