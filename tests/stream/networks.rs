//! Small networks of every kind that the large ones have.

use spikefront::network::{
    Network, NetworkBuilder, Neuron, PoissonRate, Projection, Reset, Rule, Synapse, Values,
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

/// Every kind of reset, up to four receptors, chains of spikes within a window, two generators.
pub fn resets(seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let base = |taus: &[f64]| {
        Neuron::leaky_integrate_and_fire()
            .tau_membrane(10.0)
            .receptors(taus.iter().copied())
            .threshold(10.0)
    };
    let subtracting = base(&[2.0, 3.0, 5.0, 9.0]).reset(Reset::Subtract);
    let a = network.population("subtracting", 40, subtracting);
    let released = base(&[4.0]).reset(Reset::refractory(1.0, 0.0));
    let b = network.population("released at once", 30, released);
    let long = base(&[1.5, 6.0])
        .rest(11.0)
        .reset(Reset::refractory(-3.0, 4.5));
    let c = network.population("held", 50, long);
    let quick: Vec<f64> = (0..40).map(|k| 3.0 + 0.21 * f64::from(k)).collect();
    let g = network.generators("first", vec![quick, vec![1.0, 20.0]]);
    let h = network.generators("second", vec![vec![0.0, 12.5, 1e6], vec![]]);
    let delay = Values::uniform(0.4, 2.5);
    let by = |n: u32, weight: f64| {
        Projection::by_rule(
            Rule::FixedInDegree(n),
            Values::normal(weight, 0.1 * weight.abs()),
        )
    };
    network.connect(a, b, by(6, 3.0).delay(delay));
    network.connect(b, c, by(5, 2.0).delay(delay).receptor(1));
    network.connect(c, a, by(8, 2.5).delay(0.75).receptor(3));
    network.connect(c, c, by(6, -1.0).delay(delay).without_autapses());
    network.connect(b, a, by(4, -2.0).delay(1.25).receptor(2));
    network.connect(g, a, by(1, 12.0).delay(0.5).receptor(1));
    network.connect(h, b, by(1, 40.0).delay(delay));
    network.connect(g, c, by(1, 3.0).delay(delay));
    network.poisson(a, 0, 0.5, 4.0);
    network.poisson(c, 0, 0.25, 1.5);
    for population in [a, b, c] {
        network.initial_potential(population, Values::uniform(-4.0, 8.0));
    }
    network
}

/// Neurons that differ in everything, in thresholds alone (some next to one another do not), and not at all; readouts; rates
/// of drives that change in time.
pub fn differing(seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let each = |n: u32, low: f64, high: f64| -> Vec<f64> {
        let at = |k: u32| f64::from(k * 29 % n) / f64::from(n);
        (0..n).map(|k| low + (high - low) * at(k)).collect()
    };
    let all = Neuron::leaky_integrate_and_fire()
        .tau_membrane(each(70, 8.0, 20.0))
        .receptors([each(70, 2.0, 5.0), each(70, 3.0, 9.0)])
        .threshold(each(70, 9.0, 12.0))
        .rest(each(70, -1.0, 4.0))
        .reset(Reset::refractory(each(70, -2.0, 1.0), each(70, 0.0, 3.0)));
    let a = network.population("all", 70, all);
    let base = |threshold| {
        Neuron::leaky_integrate_and_fire()
            .tau_membrane(12.0)
            .receptors([3.0])
            .threshold(threshold)
    };
    let steps: Vec<f64> = (0..40).map(|k| 8.0 + f64::from(k / 5)).collect();
    let b = network.population(
        "thresholds",
        40,
        Neuron {
            threshold: Some(steps.into()),
            ..base(9.0)
        },
    );
    let readout = Neuron::leaky_integrator()
        .tau_membrane(each(10, 5.0, 30.0))
        .receptors([4.0, 6.0])
        .rest(-3.0);
    let r = network.population("readout", 10, readout);
    let c = network.population("alike", 30, base(10.0));
    let delay = Values::uniform(0.4, 2.5);
    let by = |n: u32, weight: f64| {
        let values = Values::normal(weight, 0.1 * weight.abs());
        Projection::by_rule(Rule::FixedInDegree(n), values)
    };
    network.connect(a, a, by(6, 0.3).delay(delay).without_autapses());
    network.connect(b, a, by(5, -0.3).delay(delay).receptor(1));
    network.connect(a, b, by(5, 0.6).delay(delay));
    network.connect(a, c, by(5, 0.6).delay(0.75));
    network.connect(c, a, by(3, 0.3).delay(delay).receptor(1));
    for (source, weight) in [(a, 0.5), (b, -0.5), (c, 0.25)] {
        network.connect(
            source,
            r,
            by(5, weight)
                .delay(delay)
                .receptor(usize::from(weight < 0.0)),
        );
    }
    let rate = PoissonRate::from(vec![(2.25, 0.6), (31.0, 0.0), (33.5, 0.9), (90.0, 0.5)]);
    network.poisson(a, 0, rate, 1.3);
    network.poisson(b, 0, 0.4, 1.7);
    network.poisson(c, 0, PoissonRate::from(vec![(0.0, 0.5)]), 1.7);
    network.poisson(c, 0, PoissonRate::from(vec![(5.0, 0.0), (1e4, 0.5)]), 2.0);
    network.poisson(r, 1, 0.3, 0.5);
    for population in [a, b, c] {
        network.initial_potential(population, Values::uniform(-4.0, 8.0));
    }
    network
}
