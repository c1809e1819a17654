//! Random networks whose neurons have several receptors.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{
    Network, NetworkBuilder, Neuron, PopulationId, Projection, Reset, Rule, Source, Values,
};
use spikefront::{Result, SimulationOptions};

use crate::common::Drawn;

/// How long they run, in ms.
pub const DURATION: f64 = 40.0;

/// How a network's populations are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    FeedForward,
    /// Recurrent, a delay for each projection.
    Delayed,
    /// Recurrent without delays.
    Instant,
    /// Recurrent, each synapse with a delay of its own.
    Sparse,
}

pub const TOPOLOGIES: [Topology; 4] = [
    Topology::FeedForward,
    Topology::Delayed,
    Topology::Instant,
    Topology::Sparse,
];

/// What a test changes of a network.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    pub topology: Topology,
    /// The synaptic time constants of excitatory and of inhibitory neurons, in ms.
    pub taus: [&'static [f64]; 2],
    /// Whether resets subtract, whatever the seed says.
    pub subtracts: bool,
}

impl Variant {
    /// Two receptors, three, or one population with one, by turns.
    pub fn of(seed: u64, topology: Topology) -> Self {
        Self {
            topology,
            taus: match seed % 3 {
                0 => [&[2.0, 5.0], &[2.0, 5.0]],
                1 => [&[1.5, 6.0, 14.0], &[3.0, 9.0]],
                _ => [&[4.0, 1.25], &[3.0]],
            },
            subtracts: false,
        }
    }
}

/// A neuron with these receptors. All numbers are exact in single precision, which networks in rows hold.
fn neuron(seed: u64, taus: &[f64], subtracts: bool) -> Neuron {
    let reset = match seed % 4 {
        _ if subtracts => Reset::Subtract,
        0 | 1 => Reset::Subtract,
        2 => Reset::to(-0.25),
        _ => Reset::refractory(0.125, 1.5),
    };
    Neuron::leaky_integrate_and_fire()
        .tau_membrane(10.0)
        .receptors(taus.to_vec())
        .rest(0.125 * (seed % 3) as f64)
        .initial(0.25)
        .reset(reset)
}

/// Ten excitatory and four inhibitory neurons, or more where `input` is a network's own generator.
pub fn describe(seed: u64, variant: &Variant, size: usize) -> (NetworkBuilder, [PopulationId; 2]) {
    let mut network = Network::builder().seed(seed);
    let of = |ix: usize| neuron(seed / 3 + ix as u64, variant.taus[ix], variant.subtracts);
    let e = network.population("e", size, of(0));
    let i = network.population("i", size.div_ceil(3), of(1));
    let last = variant.taus.map(|taus| taus.len() - 1);
    let by = |probability: f64, mean: f64, delay: f64| {
        let values = Values::normal(mean, mean.abs() / 2.0);
        let projection = Projection::by_rule(Rule::FixedProbability(probability), values);
        match variant.topology {
            Topology::Instant => projection,
            Topology::Sparse => projection.delay(Values::uniform(delay, 3.0 + delay)),
            _ => projection.delay(delay),
        }
    };
    let from_e = by(0.6, 0.12, 0.75);
    network.connect(e, i, from_e);
    if variant.topology != Topology::FeedForward {
        network.connect(
            e,
            e,
            by(0.3, 0.05, 1.5).receptor(last[0]).without_autapses(),
        );
        network.connect(i, e, by(0.5, -0.1, 1.0).receptor(1.min(last[0])));
        network.connect(i, i, by(0.5, -0.1, 0.5).receptor(last[1]));
    }
    (network, [e, i])
}

/// Connects what brings spikes from outside to both populations, on their first and last receptors.
pub fn drive(
    network: &mut NetworkBuilder,
    source: impl Into<Source>,
    [e, i]: [PopulationId; 2],
    variant: &Variant,
) {
    let source = source.into();
    let last = variant.taus.map(|taus| taus.len() - 1);
    let strong = || Projection::by_rule(Rule::FixedProbability(0.8), Values::normal(0.35, 0.15));
    network.connect(source, e, strong().delay(0.25));
    network.connect(source, e, strong().delay(0.5).receptor(last[0]));
    let weak = Projection::by_rule(Rule::FixedProbability(0.8), Values::normal(0.1, 0.1));
    network.connect(source, i, weak.delay(0.25).receptor(last[1]));
}

/// Where the time constant of the excitatory neurons' last receptor lies, onto which all topologies have synapses.
pub fn last_tau(network: &Network) -> usize {
    let e = network.population_named("e").expect("it is there");
    let receptors = network.population(e).neuron.tau_synapse.len();
    let tau = network.layout().tau_synapse(e, receptors - 1);
    tau.expect("a receptor that it has").start
}

/// A batch of samples of such a network, with a readout that has the receptors of the excitatory neurons.
pub fn draw(seed: u64, variant: &Variant, n_samples: usize) -> Result<Drawn> {
    let (mut network, [e, i]) = describe(seed, variant, 10);
    let input = network.input("input", 4);
    drive(&mut network, input, [e, i], variant);
    let readout = Neuron::leaky_integrator()
        .tau_membrane(10.0)
        .receptors(variant.taus[0].to_vec())
        .rest(0.125);
    let readout = network.population("readout", 2, readout);
    let onto = |receptor: usize, mean: f64| {
        let weights = Values::normal(mean, 0.1);
        Projection::random(weights).delay(0.5).receptor(receptor)
    };
    network.connect(e, readout, onto(0, 0.05));
    network.connect(i, readout, onto(variant.taus[0].len() - 1, -0.1));
    network.poisson(e, variant.taus[0].len() - 1, 0.05, 0.1);
    let network = network.build()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut inputs = SpikeBatch::new();
    for _ in 0..n_samples {
        let spikes = (0..12).map(|_| Spike {
            unit: rng.random_range(0..4),
            time: rng.random_range(0.0..25.0),
        });
        let mut spikes: Vec<Spike> = spikes.collect();
        spikes.sort_by(|x, y| x.time.total_cmp(&y.time));
        inputs.push_sample(&spikes)?;
    }
    let seeds: Vec<u64> = (0..n_samples as u64)
        .map(|sample| 100 * seed + sample)
        .collect();
    let mut options = SimulationOptions::new(DURATION);
    options.voltage_times = vec![7.0, 19.5, DURATION];
    options.record_maxima = true;
    Ok(Drawn {
        parameters: network.parameters(seed),
        inputs: network.complete_inputs(&inputs, DURATION, &seeds)?,
        network,
        options,
    })
}
