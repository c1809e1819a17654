//! The cortical microcircuit of Potjans and Diesmann.

use crate::network::{
    Network, NetworkBuilder, Neuron, Projection, Reset, Rule, Values, weight_of_peak,
};

/// Names and sizes, from layer 2/3 down.
const POPULATIONS: [(&str, u32); 8] = [
    ("L23E", 20_683),
    ("L23I", 5_834),
    ("L4E", 21_915),
    ("L4I", 5_479),
    ("L5E", 4_850),
    ("L5I", 1_065),
    ("L6E", 14_395),
    ("L6I", 2_948),
];

/// Connection probabilities, `[target][source]` (table 5 of the paper).
const PROBABILITIES: [[f64; 8]; 8] = [
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
    [
        0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252,
    ],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
];

/// External synapses of a neuron in each population, each with Poisson input at [`EXTERNAL_RATE`].
const EXTERNAL: [f64; 8] = [1600., 1500., 2100., 1900., 2000., 1900., 2900., 2100.];

/// 8 Hz, in 1/ms.
const EXTERNAL_RATE: f64 = 0.008;

/// Mean rates in Hz of the full network, population by population, as the authors' own implementation in NEST
/// lists them (`full_mean_rates` of `Potjans_2014/network_params.py`).
pub const MICROCIRCUIT_RATES: [f64; 8] = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];

const TAU_MEMBRANE: f64 = 10.0;
const TAU_SYNAPSE: f64 = 0.5;
const RESTING: f64 = -65.0;
/// In ms: the grid of the implementation that the numbers are from.
const SHORTEST_DELAY: f64 = 0.1;

/// Potjans and Diesmann (2014): 77,169 neurons under 1 mm^2 of early sensory cortex in four layers.
///
/// Numbers are those of the authors' implementation in NEST: synapses in a fixed total number for each pair of populations, a mean
/// peak of 0.15 mV (0.3 mV from L4E to L23E), inhibition four times as strong, weights normal with a deviation of a tenth and of one
/// sign, delays normal (1.5 and 0.75 ms, half of it as deviation) and at least 0.1 ms, potentials at the start normal (-58 and 10 mV).
///
/// Scaled, it keeps its in-degrees.
pub fn microcircuit(scale: f64, seed: u64) -> NetworkBuilder {
    microcircuit_scaled(scale, 1.0, seed)
}

/// [`microcircuit`] with `in_degree_scale` times the synapses of a neuron, recurrent and external, with the compensation of its
/// authors (van Albada, Helias and Diesmann 2015; `K_scaling` of their code in NEST).
///
/// With k times the synapses, weights and their deviations are divided by sqrt(k), and a constant current replaces what is lost of
/// the mean: `(1 - sqrt(k)) tau_synapse (sum over sources of K w r)`, where K are the in-degrees of the full network, w its mean
/// weights and r the published rates ([`MICROCIRCUIT_RATES`]; for external input its own). What this keeps is the mean and the
/// variance of a neuron's input as long as its sources fire at the published rates and independently of one another. Neither
/// correlations nor higher moments are kept. The share of sources that two neurons have in common is that of the full network
/// where `in_degree_scale` is `scale`.
pub fn microcircuit_scaled(scale: f64, in_degree_scale: f64, seed: u64) -> NetworkBuilder {
    let mut network = Network::builder().seed(seed);
    let shrink = in_degree_scale.sqrt();
    let mut populations = Vec::new();
    for (to, (name, size)) in POPULATIONS.into_iter().enumerate() {
        let neuron = Neuron::leaky_integrate_and_fire()
            .tau_membrane(TAU_MEMBRANE)
            .tau_synapse(TAU_SYNAPSE)
            .threshold(-50.0)
            .rest(RESTING + TAU_MEMBRANE * (1.0 - shrink) * mean_current(to))
            .initial(RESTING)
            .reset(Reset::refractory(RESTING, 2.0));
        let population = network.population(name, super::scaled(size, scale), neuron);
        network.initial_potential(population, Values::normal(-58.0, 10.0));
        populations.push(population);
    }
    for to in 0..POPULATIONS.len() {
        for from in 0..POPULATIONS.len() {
            let targets = super::scaled(POPULATIONS[to].1, scale) as f64;
            let total = (in_degree(from, to) * targets * in_degree_scale).round() as u64;
            let is_excitatory = is_excitatory(from);
            let weight = mean_weight(from, to) / shrink;
            let spread = Values::normal(weight, 0.1 * weight.abs());
            let weights = if is_excitatory {
                spread.at_least(0.0)
            } else {
                spread.at_most(0.0)
            };
            let delay = if is_excitatory { 1.5 } else { 0.75 };
            let delays = Values::normal(delay, 0.5 * delay).at_least(SHORTEST_DELAY);
            network.connect(
                populations[from],
                populations[to],
                Projection::by_rule(Rule::FixedTotalNumber(total), weights).delay(delays),
            );
        }
    }
    for (population, external) in populations.into_iter().zip(EXTERNAL) {
        let rate = external * in_degree_scale * EXTERNAL_RATE;
        network.poisson(population, 0, rate, external_weight() / shrink);
    }
    network
}

/// Of the full network: how many synapses a neuron has from one population.
fn in_degree(from: usize, to: usize) -> f64 {
    let pairs = f64::from(POPULATIONS[from].1) * f64::from(POPULATIONS[to].1);
    // So many synapses drawn with replacement connect a pair with that probability.
    let full = (-PROBABILITIES[to][from]).ln_1p() / (-1.0 / pairs).ln_1p();
    full / f64::from(POPULATIONS[to].1)
}

fn is_excitatory(population: usize) -> bool {
    population.is_multiple_of(2)
}

/// Of the full network, in mV/ms.
fn mean_weight(from: usize, to: usize) -> f64 {
    match (from, to) {
        (2, 0) => 2.0 * external_weight(),
        _ if is_excitatory(from) => external_weight(),
        _ => -4.0 * external_weight(),
    }
}

fn external_weight() -> f64 {
    weight_of_peak(0.15, TAU_MEMBRANE, TAU_SYNAPSE).expect("the time constants are above zero")
}

/// The mean of a neuron's synaptic current in the full network at the published rates, in mV/ms.
fn mean_current(to: usize) -> f64 {
    let rates = MICROCIRCUIT_RATES.iter().map(|hertz| hertz / 1000.0);
    let recurrent = rates.enumerate();
    let recurrent =
        recurrent.map(|(from, rate)| in_degree(from, to) * mean_weight(from, to) * rate);
    let external = EXTERNAL[to] * EXTERNAL_RATE * external_weight();
    TAU_SYNAPSE * (recurrent.sum::<f64>() + external)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Distribution, Source, Weights};

    /// By Campbell's theorem: mean and variance of the current of a neuron of one population, the constant one included, where all
    /// sources fire at the published rates; from what the builder was told.
    fn moments(network: &NetworkBuilder, to: usize) -> (f64, f64) {
        let described = network.described().expect("it is sound");
        let size = f64::from(described.populations[to].neurons.len() as u32);
        let mut mean = (described.populations[to].neuron.rest.get(0) - RESTING) / TAU_MEMBRANE;
        let mut variance = 0.0;
        let mut add = |rate: f64, weight: f64, square: f64| {
            mean += rate * weight * TAU_SYNAPSE;
            variance += rate * square * TAU_SYNAPSE / 2.0;
        };
        for projection in &described.projections {
            let Source::Population(from) = projection.source else {
                continue;
            };
            if projection.target.0 != to {
                continue;
            }
            let Rule::FixedTotalNumber(total) = projection.projection.rule else {
                panic!("synapses are drawn in fixed total numbers");
            };
            let Weights::Drawn(Values {
                distribution: Distribution::Normal { mean, deviation },
                ..
            }) = projection.projection.weights
            else {
                panic!("weights are normal");
            };
            let rate = total as f64 / size * MICROCIRCUIT_RATES[from.0] / 1000.0;
            add(rate, mean, mean * mean + deviation * deviation);
        }
        for drive in described
            .drives
            .iter()
            .filter(|drive| drive.population == to)
        {
            let rate = drive.rate.constant().expect("it does not change");
            add(rate, drive.weight, drive.weight * drive.weight);
        }
        (mean, variance)
    }

    #[test]
    fn compensation_keeps_mean_and_variance_of_the_input() {
        let full = microcircuit(1.0, 1);
        for (scale, k) in [(1.0, 0.1), (0.1, 0.1), (0.3, 0.5)] {
            let scaled = microcircuit_scaled(scale, k, 1);
            for to in 0..POPULATIONS.len() {
                let (mean, variance) = moments(&full, to);
                let (now, spread) = moments(&scaled, to);
                // Numbers of synapses are whole, which matters most where there are few.
                assert!(
                    (now / mean - 1.0).abs() < 2e-3,
                    "{k} {to}: {now}, not {mean}"
                );
                let off = spread / variance - 1.0;
                assert!(off.abs() < 2e-3, "{k} {to}: {spread}, not {variance}");
                // The comparison can tell: without the constant current the mean is sqrt(k) of it.
                let described = scaled.described().expect("it is sound");
                let drive = described.populations[to].neuron.rest.get(0);
                let without = now - (drive - RESTING) / TAU_MEMBRANE;
                assert!((without / mean - k.sqrt()).abs() < 2e-3, "{k} {to}");
            }
        }
    }
}
