//! Describing a large network.

use std::ops::Range;

use super::described::{Described, DescribedProjection};
use super::network::{Generators, PoissonDrive};
use super::rows::{self, Rows};
use super::{
    GeneratorId, PartedNetwork, PoissonRate, Rule, SparseNetwork, SparseNeuron, SparsePopulation,
    SparsePopulationId, SparseSource, Values,
};
use crate::{Error, Result};

/// The synapses of a projection, but for which there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synapses {
    /// Which of the target's synaptic currents they add to.
    pub receptor: usize,
    /// Their weights.
    pub weight: Values,
    /// Their delays in ms, above zero.
    pub delay: Values,
    /// Whether a neuron may be connected to itself.
    pub autapses: bool,
}

impl Synapses {
    /// Synapses onto the first receptor, autapses included.
    pub fn new(weight: impl Into<Values>, delay: impl Into<Values>) -> Self {
        Self {
            receptor: 0,
            weight: weight.into(),
            delay: delay.into(),
            autapses: true,
        }
    }

    /// Puts them onto another receptor.
    pub fn receptor(mut self, receptor: usize) -> Self {
        self.receptor = receptor;
        self
    }

    /// Rules out that a neuron is connected to itself.
    pub fn without_autapses(mut self) -> Self {
        self.autapses = false;
        self
    }
}

/// Collects the description of a large network; [`build`](Self::build) checks it and makes the synapses.
///
/// ```
/// use spikefront::sparse::{Rule, SparseNetwork, SparseNeuron, SparseReset, Synapses};
///
/// let neuron = SparseNeuron {
///     tau_membrane: 20.0,
///     tau_synapse: vec![5.0, 10.0],
///     threshold: -50.0,
///     drive: -49.0,
///     reset: SparseReset::To { potential: -60.0, refractory: 5.0 },
/// };
/// let mut network = SparseNetwork::builder(42);
/// let excitatory = network.population("excitatory", 320, neuron.clone());
/// let inhibitory = network.population("inhibitory", 80, neuron);
/// for target in [excitatory, inhibitory] {
///     let rule = Rule::FixedProbability(0.02);
///     network.connect(excitatory, target, rule.clone(), Synapses::new(0.081, 0.1));
///     network.connect(inhibitory, target, rule, Synapses::new(-0.45, 0.1).receptor(1));
/// }
/// network.poisson(excitatory, 0, 0.1, 0.05);
/// let network = network.build()?;
/// assert_eq!(network.neurons(), 400);
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SparseNetworkBuilder {
    described: Described,
    partitions: usize,
    memory_limit: u64,
}

impl SparseNetwork {
    /// Begins the description of a network whose random numbers come from `seed`.
    pub fn builder(seed: u64) -> SparseNetworkBuilder {
        SparseNetworkBuilder {
            described: Described {
                seed,
                populations: Vec::new(),
                generators: Vec::new(),
                drives: Vec::new(),
                initials: Vec::new(),
                projections: Vec::new(),
            },
            partitions: 1,
            memory_limit: u64::MAX,
        }
    }
}

impl SparseNetworkBuilder {
    /// Adds a population. Its neurons start at the reset potential (at zero, where the reset is by
    /// subtraction), with no current.
    pub fn population(
        &mut self,
        name: impl Into<String>,
        size: u32,
        neuron: SparseNeuron,
    ) -> SparsePopulationId {
        let populations = &mut self.described.populations;
        let first = populations.last().map_or(0, |p| p.neurons.end);
        let start = match neuron.reset {
            super::SparseReset::To { potential, .. } => potential,
            super::SparseReset::Subtract => 0.0,
        };
        populations.push(SparsePopulation {
            name: name.into(),
            neurons: first..first.saturating_add(size),
            initial_potential: start.into(),
            initial_currents: vec![0.0.into(); neuron.tau_synapse.len()],
            neuron,
        });
        SparsePopulationId(populations.len() - 1)
    }

    /// Draws the potentials at the start; what would lie at or above the threshold is drawn again.
    pub fn initial_potential(&mut self, population: SparsePopulationId, values: impl Into<Values>) {
        self.described
            .initials
            .push((population, None, values.into()));
    }

    /// Draws the synaptic currents at the start.
    pub fn initial_current(
        &mut self,
        population: SparsePopulationId,
        receptor: usize,
        values: impl Into<Values>,
    ) {
        self.described
            .initials
            .push((population, Some(receptor), values.into()));
    }

    /// Adds generators of spikes at given times: for each channel its times in ms, in order.
    pub fn generators(&mut self, name: impl Into<String>, trains: Vec<Vec<f64>>) -> GeneratorId {
        self.described.generators.push(Generators {
            name: name.into(),
            trains,
        });
        GeneratorId(self.described.generators.len() - 1)
    }

    /// Adds independent Poisson arrivals at every neuron of a population: `rate` per ms, a number or what changes at given
    /// times, each adding `weight` to the receptor's current. Their times are exact and a function of the seed alone.
    pub fn poisson(
        &mut self,
        population: SparsePopulationId,
        receptor: usize,
        rate: impl Into<PoissonRate>,
        weight: f64,
    ) {
        self.described.drives.push(PoissonDrive {
            population: population.0,
            receptor,
            rate: rate.into(),
            weight,
        });
    }

    /// Adds a projection.
    pub fn connect(
        &mut self,
        source: impl Into<SparseSource>,
        target: SparsePopulationId,
        rule: Rule,
        synapses: Synapses,
    ) {
        self.described.projections.push(DescribedProjection {
            source: source.into(),
            target,
            receptor: synapses.receptor,
            autapses: synapses.autapses,
            rule,
            weight: synapses.weight,
            delay: synapses.delay,
        });
    }

    /// Adds a projection with the given synapses; what they weigh and how long they take is in the list.
    pub fn connect_list(
        &mut self,
        source: impl Into<SparseSource>,
        target: SparsePopulationId,
        receptor: usize,
        list: Vec<super::Synapse>,
    ) {
        self.connect(
            source,
            target,
            Rule::List(list),
            Synapses::new(0.0, 1.0).receptor(receptor),
        );
    }

    /// Divides the neurons into so many parts, which threads advance side by side; 1 unless set. The
    /// number changes no result and no synapse, only the order in which synapses lie.
    pub fn partitions(&mut self, partitions: usize) -> &mut Self {
        self.partitions = partitions;
        self
    }

    /// Refuses to make synapses that take more than so many bytes; without a limit the system decides, which may
    /// end the program instead.
    pub fn memory_limit(&mut self, bytes: u64) -> &mut Self {
        self.memory_limit = bytes;
        self
    }

    /// Checks the description and makes the synapses.
    ///
    /// # Errors
    /// The first thing that is wrong, by name; or a network that does not fit into memory.
    pub fn build(self) -> Result<SparseNetwork> {
        let limit = self.memory_limit;
        let least = self.partitions;
        let (described, mut network) = self.outlined()?;
        let parts = divided(network.neurons(), least);
        network.partitions = rows::partitions(&described, &network.groups, parts, limit)?;
        let delays: Vec<(f64, f64)> = network.rows().map(Rows::delay_range).collect();
        delays.into_iter().for_each(|range| network.widen(range));
        Ok(network)
    }

    /// Checks the description and counts the synapses, to be made partition by partition where they are wanted: for a
    /// device that holds more of them than the host. There are as many partitions as are set, or as keep each of
    /// them within the limit of memory.
    ///
    /// # Errors
    /// The first thing that is wrong, by name.
    pub fn build_in_parts(self) -> Result<PartedNetwork> {
        let (least, limit) = (self.partitions, self.memory_limit);
        let (described, outline) = self.outlined()?;
        Ok(PartedNetwork::new(described, outline, least, limit))
    }

    /// What it has been told.
    pub(crate) fn described(&self) -> &Described {
        &self.described
    }

    /// The checked description, and the network without its synapses.
    fn outlined(mut self) -> Result<(Described, SparseNetwork)> {
        super::check::check(&self.described)?;
        if self.partitions == 0 {
            return Err(Error::invalid("partitions", 0, "give at least one"));
        }
        let initials = std::mem::take(&mut self.described.initials);
        for (population, receptor, values) in initials {
            let population = &mut self.described.populations[population.0];
            match receptor {
                None => population.initial_potential = values,
                Some(receptor) => population.initial_currents[receptor] = values,
            }
        }
        let mut groups = Vec::new();
        for projection in &self.described.projections {
            let group = self.described.group(projection);
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let described = self.described;
        let network = SparseNetwork {
            seed: described.seed,
            populations: described.populations.clone(),
            generators: described.generators.clone(),
            drives: described.drives.clone(),
            groups,
            partitions: Vec::new(),
            shortest_delay: f64::INFINITY,
            longest_delay: 0.0,
        };
        Ok((described, network))
    }
}

/// Neurons in so many parts of nearly one size, or in fewer, so that none is empty.
pub(super) fn divided(neurons: usize, parts: usize) -> Vec<Range<u32>> {
    let (neurons, parts) = (neurons as u64, parts.min(neurons).max(1) as u64);
    let cut = |part: u64| (neurons * part / parts) as u32;
    (0..parts).map(|part| cut(part)..cut(part + 1)).collect()
}
