//! The cortical microcircuit of Potjans and Diesmann.

use crate::sparse::{
    Rule, SparseNetwork, SparseNetworkBuilder, SparseNeuron, SparseReset, Synapses, Values,
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

/// Potjans and Diesmann (2014): 77,169 neurons under 1 mm^2 of early sensory cortex in four layers.
///
/// Numbers are those of the authors' implementation in NEST: synapses in a fixed total number for each pair of populations, a mean
/// peak of 0.15 mV (0.3 mV from L4E to L23E), inhibition four times as strong, weights normal with a deviation of a tenth and of one
/// sign, delays normal (1.5 and 0.75 ms, half of it as deviation) and at least 0.1 ms, potentials at the start normal (-58 and 10 mV).
///
/// Scaled, it keeps its in-degrees.
pub fn microcircuit(scale: f64, seed: u64) -> SparseNetworkBuilder {
    const TAU_MEMBRANE: f64 = 10.0;
    const TAU_SYNAPSE: f64 = 0.5;
    const RESTING: f64 = -65.0;
    /// The grid of the implementation that the numbers are from.
    const SHORTEST_DELAY: f64 = 0.1;
    let neuron = SparseNeuron {
        tau_membrane: TAU_MEMBRANE,
        tau_synapse: vec![TAU_SYNAPSE],
        threshold: -50.0,
        drive: RESTING,
        reset: SparseReset::To {
            potential: RESTING,
            refractory: 2.0,
        },
    };
    let weight = super::weight_of_peak(0.15, TAU_MEMBRANE, TAU_SYNAPSE);
    let mut network = SparseNetwork::builder(seed);
    let populations = POPULATIONS.map(|(name, size)| {
        let population = network.population(name, super::scaled(size, scale), neuron.clone());
        network.initial_potential(population, Values::normal(-58.0, 10.0));
        population
    });
    for (to, probabilities) in PROBABILITIES.iter().enumerate() {
        for (from, probability) in probabilities.iter().enumerate() {
            let pairs = f64::from(POPULATIONS[from].1) * f64::from(POPULATIONS[to].1);
            // So many synapses drawn with replacement connect a pair with that probability.
            let full = (-probability).ln_1p() / (-1.0 / pairs).ln_1p();
            let targets = f64::from(super::scaled(POPULATIONS[to].1, scale));
            let total = (full / f64::from(POPULATIONS[to].1) * targets).round() as u64;
            let is_excitatory = from % 2 == 0;
            let weight = match (from, to) {
                (2, 0) => 2.0 * weight,
                _ if is_excitatory => weight,
                _ => -4.0 * weight,
            };
            let spread = Values::normal(weight, 0.1 * weight.abs());
            let weights = if is_excitatory {
                spread.at_least(0.0)
            } else {
                spread.at_most(0.0)
            };
            let delay = if is_excitatory { 1.5 } else { 0.75 };
            let delays = Values::normal(delay, 0.5 * delay).at_least(SHORTEST_DELAY);
            let rule = Rule::FixedTotalNumber(total);
            network.connect(
                populations[from],
                populations[to],
                rule,
                Synapses::new(weights, delays),
            );
        }
    }
    for (population, external) in populations.into_iter().zip(EXTERNAL) {
        network.poisson(population, 0, external * EXTERNAL_RATE, weight);
    }
    network
}
