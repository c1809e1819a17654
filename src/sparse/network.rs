//! A large network: populations, and synapses in compressed rows.

use std::ops::Range;

use super::random::{Draws, Purpose};
use super::{PoissonRate, Rows, SparseNeuron, SparseReset, Values};

/// A population of a [`SparseNetwork`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SparsePopulationId(pub(crate) usize);

/// A group of spike generators of a [`SparseNetwork`]: spikes at given times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GeneratorId(pub(crate) usize);

/// Where a projection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SparseSource {
    /// A population.
    Population(SparsePopulationId),
    /// A group of spike generators.
    Generator(GeneratorId),
}

impl From<SparsePopulationId> for SparseSource {
    fn from(id: SparsePopulationId) -> Self {
        Self::Population(id)
    }
}

impl From<GeneratorId> for SparseSource {
    fn from(id: GeneratorId) -> Self {
        Self::Generator(id)
    }
}

/// Neurons of one kind.
#[derive(Debug, Clone)]
pub struct SparsePopulation {
    /// Its name.
    pub name: String,
    /// Its neurons, counted through the network.
    pub neurons: Range<u32>,
    /// What they are.
    pub neuron: SparseNeuron,
    pub(crate) initial_potential: Values,
    pub(crate) initial_currents: Vec<Values>,
}

impl SparsePopulation {
    /// Where a neuron, counted through the network, starts: its potential, or the current of a receptor.
    pub(crate) fn initial(&self, seed: u64, neuron: u32, receptor: Option<usize>) -> f64 {
        let which = receptor.map_or(0, |receptor| receptor + 1);
        let draws = Draws::new(seed, Purpose::Initial, which);
        match receptor {
            Some(receptor) => self.initial_currents[receptor].draw(&draws, neuron, 0),
            None => {
                let below = self.neuron.threshold.next_down();
                let highest = self.initial_potential.highest.min(below);
                self.initial_potential
                    .at_most(highest)
                    .draw(&draws, neuron, 0)
            }
        }
    }

    /// The potential that a spike leaves, and for how long it is held there, in ms; `None` where the
    /// threshold is subtracted.
    pub(crate) fn hold(&self) -> Option<(f64, f64)> {
        match self.neuron.reset {
            SparseReset::To {
                potential,
                refractory,
            } => Some((potential, refractory)),
            SparseReset::Subtract => None,
        }
    }
}

/// Spikes at given times, e.g. recorded ones.
#[derive(Debug, Clone)]
pub(crate) struct Generators {
    pub name: String,
    /// For each channel its spike times in ms, in order.
    pub trains: Vec<Vec<f64>>,
}

/// Independent Poisson arrivals at every neuron of a population.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoissonDrive {
    pub population: usize,
    pub receptor: usize,
    /// At each neuron.
    pub rate: PoissonRate,
    pub weight: f64,
}

/// The synapses from one source population (or generator) onto one receptor of neurons with one flow, of
/// however many projections: for all of them an arrival at one time does the same per unit of weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    pub source: SparseSource,
    pub receptor: usize,
    /// Of the target, in ms.
    pub tau_membrane: f64,
    /// Of the target's receptor, in ms.
    pub tau_synapse: f64,
}

/// Neurons that one thread advances, with all synapses onto them.
#[derive(Debug, Clone)]
pub(crate) struct Partition {
    pub neurons: Range<u32>,
    /// One for each group of the network.
    pub rows: Vec<Rows>,
}

/// A network of any size, fixed once it is built.
///
/// Unlike [`crate::model::Network`] it holds its weights itself, in single precision, sorted for
/// delivery: a spike's synapses lie side by side in the order in which they are reached. A synapse takes
/// 4 bytes, 4 more where weights differ and 4 more where delays do.
#[derive(Debug, Clone)]
pub struct SparseNetwork {
    pub(crate) seed: u64,
    pub(crate) populations: Vec<SparsePopulation>,
    pub(crate) generators: Vec<Generators>,
    pub(crate) drives: Vec<PoissonDrive>,
    pub(crate) groups: Vec<Group>,
    pub(crate) partitions: Vec<Partition>,
    /// In ms; infinite where there are no synapses.
    pub(crate) shortest_delay: f64,
    pub(crate) longest_delay: f64,
}

/// One synapse as it lies in its network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedSynapse {
    /// Where it comes from.
    pub source: SparseSource,
    /// Number of the source within its population or generator.
    pub source_number: u32,
    /// The target neuron, counted through the network.
    pub target: u32,
    /// Which of the target's currents it adds to.
    pub receptor: usize,
    /// What a spike adds to that current.
    pub weight: f32,
    /// In ms.
    pub delay: f32,
}

impl SparseNetwork {
    /// How many neurons there are.
    pub fn neurons(&self) -> usize {
        self.populations
            .last()
            .map_or(0, |p| p.neurons.end as usize)
    }

    /// The populations in the order in which they were described.
    pub fn populations(&self) -> &[SparsePopulation] {
        &self.populations
    }

    /// One population.
    pub fn population(&self, id: SparsePopulationId) -> &SparsePopulation {
        &self.populations[id.0]
    }

    /// The population of this name.
    pub fn population_named(&self, name: &str) -> Option<SparsePopulationId> {
        let found = self.populations.iter().position(|p| p.name == name);
        found.map(SparsePopulationId)
    }

    /// The generators of this name.
    pub fn generators_named(&self, name: &str) -> Option<GeneratorId> {
        let found = self.generators.iter().position(|g| g.name == name);
        found.map(GeneratorId)
    }

    /// How many synapses there are.
    pub fn synapses(&self) -> u64 {
        self.rows().map(|rows| rows.len() as u64).sum()
    }

    /// Into how many parts its neurons are divided, see [`super::SparseNetworkBuilder::partitions`].
    pub fn partitions(&self) -> usize {
        self.partitions.len()
    }

    /// The shortest delay in ms; infinite where there are no synapses.
    pub fn shortest_delay(&self) -> f64 {
        self.shortest_delay
    }

    /// The longest delay in ms; zero where there are no synapses.
    pub fn longest_delay(&self) -> f64 {
        self.longest_delay
    }

    /// What the synapses take in memory, in bytes: targets, weights, delays and the starts of rows.
    pub fn synapse_bytes(&self) -> u64 {
        self.rows().map(|rows| rows.extent().bytes()).sum()
    }

    /// Every synapse, in the order in which gradients with respect to weights and delays list them.
    /// The order depends on the number of partitions.
    pub fn placed_synapses(&self) -> impl Iterator<Item = PlacedSynapse> + '_ {
        self.partitions.iter().flat_map(move |partition| {
            let groups = self.groups.iter().zip(&partition.rows);
            groups.flat_map(move |(group, rows)| {
                (0..rows.sources()).flat_map(move |source| {
                    rows.row(source).map(move |ix| PlacedSynapse {
                        source: group.source,
                        source_number: source as u32,
                        target: rows.targets[ix],
                        receptor: group.receptor,
                        weight: rows.weights.get(ix),
                        delay: rows.delays.get(ix),
                    })
                })
            })
        })
    }

    /// How many synaptic currents the neuron with most of them has.
    pub(crate) fn receptors(&self) -> usize {
        let of = |p: &SparsePopulation| p.neuron.tau_synapse.len();
        self.populations.iter().map(of).max().unwrap_or(1)
    }

    /// Takes note of more delays: the shortest and the longest, in ms.
    pub(super) fn widen(&mut self, (shortest, longest): (f64, f64)) {
        self.shortest_delay = self.shortest_delay.min(shortest);
        self.longest_delay = self.longest_delay.max(longest);
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Rows> {
        self.partitions.iter().flat_map(|partition| &partition.rows)
    }
}
