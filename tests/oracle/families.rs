//! Kinds of networks that are hard, drawn from seeds.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::net::{Net, NeuronOf, ResetOf, SourceOf, SynapseOf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Synaptic over membrane time constants from 1e-3 to 1e3.
    Ratios,
    /// The same within 10^-k, k from 1 to 15.
    NearlyEqual,
    /// Every neuron with time constants, threshold, rest and reset of its own.
    AllDiffer,
    ZeroDelayLoops,
    AutapsesAndMultapses,
    /// 3,000 ms with a few bursts.
    LongSilences,
    /// Rest above the threshold.
    Driven,
    SimultaneousInputs,
    ZeroBesideOthers,
    TenfoldWeights,
    /// Equal neurons that inhibit one another without delay.
    EqualNeurons,
}

impl Family {
    pub const ALL: [Self; 11] = [
        Self::Ratios,
        Self::NearlyEqual,
        Self::AllDiffer,
        Self::ZeroDelayLoops,
        Self::AutapsesAndMultapses,
        Self::LongSilences,
        Self::Driven,
        Self::SimultaneousInputs,
        Self::ZeroBesideOthers,
        Self::TenfoldWeights,
        Self::EqualNeurons,
    ];
}

/// Random numbers of a network.
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

    fn log(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }
}

/// Weights and delays that f32 holds exactly, so that the large-network room has the same ones.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

/// The height of V after an arrival of weight 1 at rest.
fn height(tau_membrane: f64, tau_synapse: f64) -> f64 {
    let (a, b) = (1.0 / tau_synapse, 1.0 / tau_membrane);
    let x = b / a - 1.0;
    let peak = match x.abs() < 1e-6 {
        true => 1.0 / a,
        false => x.ln_1p() / (b - a),
    };
    // gain = peak exp(-b peak) expm1((b - a) peak)/((b - a) peak), and where V peaks I = b V.
    (-a * peak).exp() / b
}

/// Network number `seed` of a family.
pub fn draw(family: Family, seed: u64) -> Net {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed * 64 + family as u64));
    let dice = &mut dice;
    let n = 2 + dice.below(5);
    let n_inputs = 2;
    let neurons = neurons(family, seed, n, dice);
    let end = match family {
        Family::LongSilences => 3000.0,
        Family::Driven => dice.between(60.0, 600.0),
        _ => 60.0,
    };
    let strength = match family {
        Family::TenfoldWeights => 10.0,
        _ => 1.0,
    };
    let mut synapses = Vec::new();
    let connect = |dice: &mut Dice, source, target: usize, mean: f64, spread: f64| {
        let neuron: &NeuronOf = &neurons[target];
        let scale = neuron.threshold / height(neuron.tau_membrane, neuron.tau_synapse);
        let weight = strength * scale * (mean + dice.between(-spread, spread));
        let delay = match family {
            Family::ZeroDelayLoops | Family::EqualNeurons => 0.0,
            Family::ZeroBesideOthers if dice.chance(0.5) => 0.0,
            Family::SimultaneousInputs => [0.5, 1.0, 2.0][dice.below(3)],
            _ => match dice.below(4) {
                0 => 0.5,
                1 => 1.25,
                _ => dice.between(0.3, 4.0),
            },
        };
        SynapseOf {
            source,
            target,
            weight: single(weight),
            delay: single(delay),
        }
    };
    for input in 0..n_inputs {
        let mut common = None;
        for target in 0..n {
            let mut synapse = connect(dice, SourceOf::Input(input), target, 0.8, 0.6);
            if family == Family::EqualNeurons {
                // Pairs of equal neurons have equal inputs.
                let pair = target / 2;
                synapse = match common {
                    Some((other, weight)) if other == pair => SynapseOf { weight, ..synapse },
                    _ => synapse,
                };
                common = Some((pair, synapse.weight));
            }
            synapses.push(synapse);
        }
    }
    match family {
        Family::EqualNeurons => {
            for pair in 0..n / 2 {
                let inhibition = connect(dice, SourceOf::Neuron(2 * pair), 2 * pair + 1, -0.8, 0.5);
                synapses.push(inhibition);
                synapses.push(SynapseOf {
                    source: SourceOf::Neuron(2 * pair + 1),
                    target: 2 * pair,
                    ..inhibition
                });
            }
        }
        _ => {
            let n_recurrent = n + dice.below(2 * n);
            for _ in 0..n_recurrent {
                let source = dice.below(n);
                let mut target = dice.below(n);
                if source == target && family != Family::AutapsesAndMultapses {
                    target = (target + 1) % n;
                }
                synapses.push(connect(dice, SourceOf::Neuron(source), target, 0.0, 0.7));
            }
        }
    }
    if family == Family::AutapsesAndMultapses {
        for neuron in 0..n {
            let from = SourceOf::Neuron(neuron);
            synapses.push(connect(dice, from, neuron, -0.1, 0.5));
        }
        for _ in 0..n {
            let again = synapses[dice.below(synapses.len())];
            synapses.push(connect(dice, again.source, again.target, 0.1, 0.3));
            // One more with the same delay.
            let twin = connect(dice, again.source, again.target, 0.1, 0.3);
            synapses.push(SynapseOf {
                delay: again.delay,
                ..twin
            });
        }
    }
    let input_spikes = (0..n_inputs).map(|_| times(family, end, dice)).collect();
    Net {
        name: format!("{family:?} {seed}"),
        inputs: n_inputs,
        neurons,
        synapses,
        input_spikes,
        end,
    }
}

fn times(family: Family, end: f64, dice: &mut Dice) -> Vec<f64> {
    let mut times: Vec<f64> = match family {
        Family::LongSilences => {
            let bursts: Vec<f64> = (0..2).map(|_| dice.between(0.0, end - 20.0)).collect();
            let spikes = (0..8).map(|ix| bursts[ix % 2] + dice.between(0.0, 12.0));
            spikes.collect()
        }
        Family::SimultaneousInputs => {
            // Some twice on one channel.
            (0..9).map(|_| 5.0 * dice.below(10) as f64).collect()
        }
        _ => (0..6).map(|_| dice.between(0.0, 45.0)).collect(),
    };
    times.sort_by(f64::total_cmp);
    times
}

fn neurons(family: Family, seed: u64, n: usize, dice: &mut Dice) -> Vec<NeuronOf> {
    let is_shared = seed.is_multiple_of(2);
    let mut shared = None;
    let mut neurons: Vec<NeuronOf> = Vec::new();
    for ix in 0..n {
        let own_membrane = dice.between(5.0, 25.0);
        let (tau_membrane, tau_synapse) = match family {
            Family::Ratios => {
                let ratio = dice.log(1e-3, 1e3);
                let middle = dice.log(5.0, 20.0);
                // The shorter of the two stays above 0.1 ms.
                match ratio < 1.0 {
                    true => (middle.max(0.1 / ratio), middle.max(0.1 / ratio) * ratio),
                    false => (middle.min(10.0), middle.min(10.0) * ratio),
                }
            }
            Family::NearlyEqual => {
                let power = 1 + (seed as i32 + ix as i32) % 15;
                let sign = if dice.chance(0.5) { 1.0 } else { -1.0 };
                (
                    own_membrane,
                    own_membrane * (1.0 + sign * 10_f64.powi(-power)),
                )
            }
            _ => (own_membrane, dice.between(2.0, 15.0)),
        };
        let taus = (tau_membrane, tau_synapse);
        let is_own = !is_shared || family == Family::AllDiffer;
        let (tau_membrane, tau_synapse) = if is_own {
            taus
        } else {
            *shared.get_or_insert(taus)
        };
        let threshold = dice.between(0.7, 1.4);
        let hard = ResetOf::Hard {
            potential: dice.between(-0.4, 0.3),
            refractory: [0.0, dice.between(0.2, 4.0)][dice.below(2)],
        };
        let is_soft = match family {
            Family::AllDiffer => dice.chance(0.5),
            _ => (seed / 2).is_multiple_of(2),
        };
        let drive = match family {
            Family::Driven => threshold * dice.between(1.05, 2.5),
            Family::AllDiffer => dice.between(-0.3, 0.5),
            Family::EqualNeurons if seed.is_multiple_of(3) => threshold * dice.between(1.05, 2.0),
            _ if seed.is_multiple_of(5) => dice.between(-0.2, 0.4),
            _ => 0.0,
        };
        let initial = if dice.chance(0.3) {
            dice.between(-0.3, 0.3)
        } else {
            0.0
        };
        neurons.push(match (family, neurons.last()) {
            (Family::EqualNeurons, Some(last)) if ix % 2 == 1 => last.clone(),
            _ => NeuronOf {
                tau_membrane,
                tau_synapse,
                threshold,
                drive,
                initial,
                reset: if is_soft { ResetOf::Soft } else { hard },
            },
        });
    }
    neurons
}
