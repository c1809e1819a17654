//! A large network: populations, and synapses in compressed rows.

use std::ops::Range;
use std::sync::Arc;

use super::Rows;
use crate::Result;
use crate::dynamics::Flow;
use crate::network::named::place_of;
use crate::network::{Draws, InputId, Neuron, PoissonDrive, PopulationId, Purpose, Source, Values};

/// A population of a [`NetworkInRows`].
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationInRows {
    /// Its name.
    pub name: String,
    /// Its neurons, counted through the network.
    pub neurons: Range<u32>,
    /// What they are: values that they share, or that each has; without a threshold readouts, which never fire.
    pub neuron: Neuron,
    /// In place of [`Neuron::initial`], where it is drawn.
    pub(crate) initial_potential: Option<Values>,
    pub(crate) initial_currents: Vec<Values>,
}

impl PopulationInRows {
    /// Where a neuron, counted through the network, starts: its potential, or the current of a receptor.
    pub(crate) fn initial(&self, seed: u64, neuron: u32, receptor: Option<usize>) -> f64 {
        match receptor {
            Some(receptor) => {
                let draws = Draws::new(seed, Purpose::Initial, receptor + 1);
                self.initial_currents[receptor].draw(&draws, neuron, 0)
            }
            None => {
                let own = self.own(neuron);
                let threshold = self.neuron.threshold.as_ref().map(|all| all.get(own));
                match &self.initial_potential {
                    Some(values) => initial_value(seed, values, threshold, neuron),
                    None => self.neuron.initial.get(own),
                }
            }
        }
    }

    /// The time constants in ms of membrane and receptor, for each receptor and for each neuron that may differ from others.
    pub(crate) fn time_constants(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let membrane = &self.neuron.tau_membrane;
        self.neuron.tau_synapse.iter().flat_map(move |synapse| {
            let are_shared = membrane.is_uniform() && synapse.is_uniform();
            let differ = if are_shared { 1 } else { self.neurons.len() };
            (0..differ).map(move |neuron| [membrane.get(neuron), synapse.get(neuron)])
        })
    }

    /// Whether its neurons have a threshold; those without are readouts, which never fire.
    pub fn is_spiking(&self) -> bool {
        self.neuron.threshold.is_some()
    }

    /// The number of a neuron within the population.
    pub(crate) fn own(&self, neuron: u32) -> usize {
        (neuron - self.neurons.start) as usize
    }
}

/// The potential at which a neuron, counted through the network, starts: below its threshold, where it has one.
pub(in crate::network) fn initial_value(
    seed: u64,
    values: &Values,
    threshold: Option<f64>,
    neuron: u32,
) -> f64 {
    let draws = Draws::new(seed, Purpose::Initial, 0);
    let below = threshold.map_or(f64::MAX, f64::next_down);
    let highest = values.highest.min(below);
    values.at_most(highest).draw(&draws, neuron, 0)
}

/// The synapses from one source population (or generator) onto one receptor of neurons, of however many projections.
///
/// Where all of them have one flow an arrival at one time does the same per unit of weight. Those of populations whose neurons
/// have time constants of their own are one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    pub source: Source,
    pub receptor: usize,
    /// The time constants of the targets' membranes and of their receptor, in ms; `None` where they differ from neuron to neuron.
    pub taus: Option<[f64; 2]>,
}

impl Group {
    /// The flow that all targets have, with the current of the receptor alone.
    pub fn flow(&self) -> Option<Flow> {
        let flow = |[tau_membrane, tau_synapse]: [f64; 2]| Flow::new(tau_membrane, tau_synapse);
        self.taus.map(flow)
    }
}

/// Spikes at given times, e.g. recorded ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Generators {
    pub name: String,
    /// For each channel its spike times in ms, in order.
    pub trains: Vec<Vec<f64>>,
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
/// Made by [`NetworkBuilder::build_in_rows`](crate::network::NetworkBuilder::build_in_rows). Unlike
/// [`Network`](crate::network::Network) it holds its weights itself, in single precision, sorted for
/// delivery: a spike's synapses lie side by side in the order in which they are reached. A synapse takes
/// 4 bytes, 4 more where weights differ and 4 more where delays do. Clones share the synapses.
#[derive(Debug, Clone)]
pub struct NetworkInRows {
    pub(crate) seed: u64,
    pub(crate) populations: Vec<PopulationInRows>,
    pub(crate) generators: Arc<[Generators]>,
    pub(crate) drives: Vec<PoissonDrive>,
    pub(crate) groups: Vec<Group>,
    pub(crate) partitions: Arc<[Partition]>,
    /// In ms; infinite where there are no synapses.
    pub(crate) shortest_delay: f64,
    pub(crate) longest_delay: f64,
}

/// One synapse as it lies in its network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedSynapse {
    /// Where it comes from.
    pub source: Source,
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

impl NetworkInRows {
    /// The neurons of the partitions that are here, counted through the network: those of one rank where it has a share.
    pub(crate) fn own_neurons(&self) -> Range<u32> {
        let parts = &self.partitions;
        let start = parts.first().map_or(0, |part| part.neurons.start);
        start..parts.last().map_or(start, |part| part.neurons.end)
    }

    /// How many neurons there are.
    pub fn neurons(&self) -> usize {
        self.populations
            .last()
            .map_or(0, |p| p.neurons.end as usize)
    }

    /// The populations in the order in which they were described.
    pub fn populations(&self) -> &[PopulationInRows] {
        &self.populations
    }

    /// One population.
    pub fn population(&self, id: PopulationId) -> &PopulationInRows {
        &self.populations[id.0]
    }

    /// The population that was added under a name.
    ///
    /// # Errors
    /// An unknown name; the message names the nearest and lists those there are.
    pub fn population_named(&self, name: &str) -> Result<PopulationId> {
        let names = self.populations.iter().map(|p| p.name.as_str());
        place_of("population", name, names).map(PopulationId)
    }

    /// The generators that were added under a name.
    ///
    /// # Errors
    /// As [`population_named`](Self::population_named).
    pub fn generators_named(&self, name: &str) -> Result<InputId> {
        let names = self.generators.iter().map(|g| g.name.as_str());
        place_of("generators", name, names).map(InputId)
    }

    /// How many synapses there are.
    pub fn synapses(&self) -> u64 {
        self.rows().map(|rows| rows.len() as u64).sum()
    }

    /// Into how many parts its neurons are divided, see [`NetworkBuilder::partitions`](crate::network::NetworkBuilder::partitions).
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
        let of = |p: &PopulationInRows| p.neuron.tau_synapse.len();
        self.populations.iter().map(of).max().unwrap_or(1)
    }

    /// Takes note of more delays: the shortest and the longest, in ms.
    pub(crate) fn widen(&mut self, (shortest, longest): (f64, f64)) {
        self.shortest_delay = self.shortest_delay.min(shortest);
        self.longest_delay = self.longest_delay.max(longest);
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Rows> {
        self.partitions.iter().flat_map(|partition| &partition.rows)
    }
}
