//! Random networks of everything that a network can have, in both forms.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::network::{
    Network, NetworkBuilder, Neuron, PerNeuron, Projection, Reset, Rule, Synapse, Values,
};

/// How long they run, in ms.
pub const DURATION: f64 = 30.0;

/// What is changed of a network, to be told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mutant {
    None,
    /// Every threshold is a little higher.
    Threshold,
    /// What comes from the generators without delay has one.
    Delay,
    /// A hold is longer, a subtracting reset a hold.
    Reset,
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }

    fn chance(&mut self, p: f64) -> bool {
        self.0.random_range(0.0..1.0) < p
    }

    /// A number that single precision holds, as rows do weights and delays.
    fn single(&mut self, low: f64, high: f64) -> f64 {
        f64::from(self.between(low, high) as f32)
    }

    /// One value for all neurons, or one each.
    fn values(&mut self, size: usize, low: f64, high: f64) -> PerNeuron {
        match self.chance(0.5) {
            true => self.between(low, high).into(),
            false => {
                let each = (0..size).map(|_| self.between(low, high));
                each.collect::<Vec<f64>>().into()
            }
        }
    }
}

/// Network number `seed`: with delays above zero in all synapses, in some, or in none, by turns.
pub fn describe(seed: u64, mutant: Mutant) -> NetworkBuilder {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let dice = &mut dice;
    let mut network = Network::builder().seed(seed);
    let mut populations = Vec::new();
    for ix in 0..2 + dice.below(2) {
        let size = 2 + dice.below(4);
        let neuron = neuron(dice, size, mutant);
        let receptors = neuron.tau_synapse.len();
        let id = network.population(format!("p{ix}"), size, neuron);
        if dice.chance(0.3) {
            network.initial_potential(id, Values::uniform(-0.3, 0.3));
        }
        populations.push((id, size, receptors));
    }
    let readout = Neuron {
        threshold: None,
        reset: Reset::Subtract,
        ..neuron(dice, 2, mutant)
    };
    let receptors = readout.tau_synapse.len();
    populations.insert(0, (network.population("readout", 2, readout), 2, receptors));
    let trains = (0..3).map(|_| {
        let mut train: Vec<f64> = (0..5).map(|_| train_time(dice)).collect();
        train.sort_by(f64::total_cmp);
        train
    });
    let trains = trains.collect();
    let stimulus = network.generators("stimulus", trains);
    for &(target, size, receptors) in &populations {
        let receptor = dice.below(receptors);
        let delays = delays(seed, dice, mutant);
        let into = projection(dice, (3, size), delays, (0.1, 0.7), false);
        network.connect(stimulus, target, into.receptor(receptor));
    }
    let spiking = &populations[1..];
    for &(source, sources, _) in spiking {
        for &(target, targets, receptors) in &populations {
            if dice.chance(0.75) {
                let receptor = dice.below(receptors);
                let shape = (sources, targets);
                let delays = delays(seed, dice, Mutant::None);
                let own = projection(dice, shape, delays, (-0.3, 0.2), source == target);
                network.connect(source, target, own.receptor(receptor));
            }
        }
    }
    if dice.chance(0.4) {
        let (target, _, receptors) = populations[dice.below(populations.len())];
        let rate = dice.between(0.05, 0.2);
        network.poisson(target, dice.below(receptors), rate, 0.25);
    }
    network
}

/// Every second time of generators may be that of another.
fn train_time(dice: &mut Dice) -> f64 {
    match dice.chance(0.5) {
        true => 2.5 * dice.below(8) as f64,
        false => dice.between(0.0, 22.0),
    }
}

fn neuron(dice: &mut Dice, size: usize, mutant: Mutant) -> Neuron {
    let receptors = 1 + dice.below(3);
    let taus = (0..receptors).map(|_| dice.values(size, 2.0, 9.0));
    let taus: Vec<PerNeuron> = taus.collect();
    let mut thresholds = dice.values(size, 0.8, 1.2);
    if mutant == Mutant::Threshold {
        let higher = (0..size).map(|ix| thresholds.get(ix) + 1e-9);
        thresholds = higher.collect::<Vec<f64>>().into();
    }
    let longer = if mutant == Mutant::Reset { 1e-3 } else { 0.0 };
    let reset = match dice.below(3) {
        0 if mutant == Mutant::Reset => Reset::to(0.0),
        0 => Reset::Subtract,
        1 => Reset::refractory(dice.values(size, -0.4, 0.3), longer),
        _ => {
            let times = dice.values(size, 0.3, 3.0);
            let longer = (0..size).map(|ix| times.get(ix) + longer);
            let longer: Vec<f64> = longer.collect();
            Reset::refractory(dice.values(size, -0.4, 0.3), longer)
        }
    };
    Neuron {
        tau_membrane: dice.values(size, 5.0, 20.0),
        tau_synapse: taus,
        threshold: Some(thresholds),
        rest: dice.values(size, -0.2, 0.4),
        initial: dice.values(size, -0.3, 0.4),
        reset,
    }
}

/// Of a projection's synapses.
enum Delayed {
    Shared(f64),
    Drawn(Values),
    /// Of each synapse; every other has none.
    Listed,
}

fn delays(seed: u64, dice: &mut Dice, mutant: Mutant) -> Delayed {
    let delay = dice.single(0.3, 3.0);
    let kind = dice.below(3);
    let is_without = match seed % 3 {
        0 => false,
        1 => dice.chance(0.4),
        _ => true,
    };
    match kind {
        _ if is_without && mutant == Mutant::Delay => Delayed::Shared(2_f64.powi(-24)),
        _ if is_without => Delayed::Shared(0.0),
        0 => Delayed::Shared(delay),
        1 => Delayed::Drawn(Values::uniform(0.25, 4.0)),
        _ if seed.is_multiple_of(3) => Delayed::Shared(0.5),
        _ => Delayed::Listed,
    }
}

fn projection(
    dice: &mut Dice,
    (sources, targets): (usize, usize),
    delays: Delayed,
    (low, high): (f64, f64),
    is_own: bool,
) -> Projection {
    if let Delayed::Listed = delays {
        let synapses = (0..sources * targets).map(|ix| Synapse {
            source: dice.below(sources) as u32,
            target: dice.below(targets) as u32,
            weight: dice.single(low, high),
            delay: if ix % 2 == 0 {
                0.0
            } else {
                dice.single(0.2, 3.0)
            },
        });
        return Projection::list(synapses.collect());
    }
    let weights = Values::uniform(low, high);
    let rule = match dice.below(4) {
        0 => Rule::AllToAll,
        1 => Rule::FixedInDegree(1 + sources as u32 / 2),
        2 => Rule::FixedTotalNumber((sources * targets) as u64),
        _ => Rule::FixedProbability(0.9),
    };
    let projection = Projection::by_rule(rule, weights);
    let projection = match delays {
        Delayed::Shared(delay) => projection.delay(delay),
        Delayed::Drawn(values) => projection.delay(values),
        Delayed::Listed => projection,
    };
    match is_own && dice.chance(0.5) {
        true => projection.without_autapses(),
        false => projection,
    }
}
