//! Describing a large network.

use std::ops::Range;

use super::network::{Generators, Group, PoissonDrive};
use super::random::{Draws, Purpose};
use super::rows::{self, Made};
use super::{
    GeneratorId, Rule, SparseNetwork, SparseNeuron, SparsePopulation, SparsePopulationId,
    SparseSource, Values,
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

#[derive(Debug, Clone)]
pub(super) struct DescribedProjection {
    pub source: SparseSource,
    pub target: SparsePopulationId,
    pub receptor: usize,
    autapses: bool,
    pub rule: Rule,
    pub weight: Values,
    pub delay: Values,
}

/// What a builder has been told.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub seed: u64,
    pub populations: Vec<SparsePopulation>,
    pub generators: Vec<Generators>,
    pub drives: Vec<PoissonDrive>,
    /// Where neurons start: of their potential, or of the current of a receptor.
    pub initials: Vec<(SparsePopulationId, Option<usize>, Values)>,
    pub projections: Vec<DescribedProjection>,
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

    /// Adds independent Poisson arrivals at every neuron of a population: `rate` per ms, each adding
    /// `weight` to the receptor's current. Their times are exact and a function of the seed alone.
    pub fn poisson(
        &mut self,
        population: SparsePopulationId,
        receptor: usize,
        rate: f64,
        weight: f64,
    ) {
        self.described.drives.push(PoissonDrive {
            population: population.0,
            receptor,
            rate,
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
    pub fn build(mut self) -> Result<SparseNetwork> {
        super::check::check(&self.described)?;
        if self.partitions == 0 {
            return Err(Error::invalid("partitions", 0, "give at least one"));
        }
        for &(population, receptor, values) in &self.described.initials {
            let population = &mut self.described.populations[population.0];
            match receptor {
                None => population.initial_potential = values,
                Some(receptor) => population.initial_currents[receptor] = values,
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        for projection in &self.described.projections {
            let group = self.described.group(projection);
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let neurons = self
            .described
            .populations
            .last()
            .map_or(0, |p| p.neurons.end);
        let parts = (self.partitions as u64).min(u64::from(neurons)).max(1);
        let cut = |part: u64| (u64::from(neurons) * part / parts) as u32;
        let parts = (0..parts).map(|part| cut(part)..cut(part + 1)).collect();
        let partitions = rows::partitions(&self.described, &groups, parts, self.memory_limit)?;
        let mut network = SparseNetwork {
            seed: self.described.seed,
            populations: self.described.populations,
            generators: self.described.generators,
            drives: self.described.drives,
            groups,
            partitions,
            shortest_delay: f64::INFINITY,
            longest_delay: 0.0,
        };
        for rows in network.partitions.iter().flat_map(|part| &part.rows) {
            let (shortest, longest) = rows.delay_range();
            network.shortest_delay = network.shortest_delay.min(shortest);
            network.longest_delay = network.longest_delay.max(longest);
        }
        Ok(network)
    }
}

impl Described {
    fn group(&self, projection: &DescribedProjection) -> Group {
        let neuron = &self.populations[projection.target.0].neuron;
        Group {
            source: projection.source,
            receptor: projection.receptor,
            tau_membrane: neuron.tau_membrane,
            tau_synapse: neuron.tau_synapse[projection.receptor],
        }
    }

    pub fn source_size(&self, source: SparseSource) -> usize {
        match source {
            SparseSource::Population(id) => self.populations[id.0].neurons.len(),
            SparseSource::Generator(id) => self.generators[id.0].trains.len(),
        }
    }

    /// The weight and the delay that all synapses of a group have, where they do.
    pub fn common(&self, group: Group) -> (Option<f32>, Option<f32>) {
        let of = |values: fn(&DescribedProjection) -> &Values| {
            let mut common = self
                .projections
                .iter()
                .filter(|p| self.group(p) == group)
                .map(|p| {
                    let is_list = matches!(p.rule, Rule::List(_));
                    values(p)
                        .constant()
                        .filter(|_| !is_list)
                        .map(|value| value as f32)
                });
            let first = common.next().flatten()?;
            common.all(|other| other == Some(first)).then_some(first)
        };
        (of(|p| &p.weight), of(|p| &p.delay))
    }

    /// Calls `found(source, target, made)` for each synapse of a group onto `neurons`; targets are
    /// counted through the network.
    pub fn for_each_synapse(
        &self,
        group: Group,
        neurons: &Range<u32>,
        mut found: impl FnMut(u32, u32, &Made),
    ) {
        for (number, projection) in self.projections.iter().enumerate() {
            if self.group(projection) != group {
                continue;
            }
            let targets = &self.populations[projection.target.0].neurons;
            let is_own = projection.source == SparseSource::Population(projection.target);
            let ends = rows::ends(
                self.source_size(projection.source) as u32,
                targets,
                neurons,
                is_own && !projection.autapses,
            );
            let draws = Draws::new(self.seed, Purpose::Connect, number);
            projection
                .rule
                .for_each(&draws, &ends, |source, target, address| {
                    let made = Made {
                        described: self,
                        projection: number,
                        address,
                    };
                    found(source, targets.start + target, &made);
                });
        }
    }
}
