//! A network's structure, checked and immutable.

use std::sync::{Arc, OnceLock};

use super::builder::PoissonDrive;
use super::named::place_of;
use super::{
    Computed, Delays, Form, Layout, Neuron, Parameters, PerNeuron, Projection, Reset, Rule,
    SynapseTable,
};
use crate::Result;

/// Names an input of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputId(pub(crate) usize);

/// Names a population of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PopulationId(pub(crate) usize);

/// Names a projection of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProjectionId(pub(crate) usize);

impl ProjectionId {
    /// The projection's place in the order of creation.
    pub fn index(self) -> usize {
        self.0
    }
}

impl PopulationId {
    /// The population's place in the order of creation.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Where a projection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// An input.
    Input(InputId),
    /// A population.
    Population(PopulationId),
}

impl From<InputId> for Source {
    fn from(id: InputId) -> Self {
        Self::Input(id)
    }
}

impl From<PopulationId> for Source {
    fn from(id: PopulationId) -> Self {
        Self::Population(id)
    }
}

/// A group of channels that bring spikes from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// How many channels.
    pub size: usize,
    /// The number of its first channel: those whose spikes come with samples are counted first, over all such inputs, then
    /// generators.
    pub first_unit: usize,
    /// Of generators: for each channel its spike times in ms, in order.
    pub(crate) trains: Option<Vec<Vec<f64>>>,
}

impl Input {
    /// Whether it has spikes of its own, the same in every sample.
    pub fn is_generator(&self) -> bool {
        self.trains.is_some()
    }
}

/// A group of neurons of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// Its name.
    pub name: String,
    /// How many neurons.
    pub size: usize,
    /// The number of its first neuron, counted over all populations.
    pub first_unit: usize,
    /// Its neurons.
    pub neuron: Neuron,
}

impl Population {
    /// Whether its neurons can fire.
    pub fn is_spiking(&self) -> bool {
        self.neuron.threshold.is_some()
    }

    /// The numbers of its neurons, counted over all populations.
    pub fn units(&self) -> std::ops::Range<usize> {
        self.first_unit..self.first_unit + self.size
    }

    /// The refractory time of one neuron in ms; `None` where the reset subtracts.
    pub(crate) fn refractory(&self, neuron: usize) -> Option<f64> {
        match &self.neuron.reset {
            Reset::Subtract => None,
            Reset::To { refractory, .. } => Some(PerNeuron::get(refractory, neuron)),
        }
    }
}

/// A projection as it stands in a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its name, `"source->target"`, with `#2` and so on from the second of that name on.
    pub name: String,
    /// Its place in the order of creation.
    pub(super) number: usize,
    /// Where it comes from.
    pub source: Source,
    /// How many units it comes from.
    pub source_size: usize,
    /// Where it goes.
    pub target: PopulationId,
    /// How many neurons it goes to.
    pub target_size: usize,
    pub(crate) projection: Projection,
    /// Source and target of each synapse, counted within their groups; none where all are connected to all.
    pub(super) synapses: Option<Arc<[[u32; 2]]>>,
    /// Where it is computed with as a list, in the order of sources: which synapses each source has.
    pub(crate) table: Option<Arc<SynapseTable>>,
}

impl Connection {
    /// Whether all synapses have one delay.
    pub fn has_shared_delay(&self) -> bool {
        match &self.projection.rule {
            Rule::List(_) => false,
            _ => matches!(self.projection.delays, Delays::Shared(_)),
        }
    }

    /// Source and target of each synapse, counted within their groups, in the order of the parameters; `None` where every
    /// source has a synapse to every target, whose parameters are matrices `[source x target]`.
    pub fn synapses(&self) -> Option<&[[u32; 2]]> {
        self.synapses.as_deref()
    }

    /// Which of the target's receptors it goes onto, counted from 0.
    pub fn receptor(&self) -> usize {
        self.projection.receptor
    }

    /// How many synapses there are.
    pub fn n_synapses(&self) -> usize {
        match &self.synapses {
            None => self.source_size * self.target_size,
            Some(synapses) => synapses.len(),
        }
    }
}

/// Poisson arrivals at a population, each neuron with a channel of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drive {
    /// `"poisson->target"`.
    pub name: String,
    pub described: PoissonDrive,
    /// The number of its first channel, counted behind all inputs.
    pub first_unit: usize,
}

/// Populations, inputs and the projections between them, for batches of samples.
///
/// Made by a [`NetworkBuilder`](super::NetworkBuilder); holds no parameter
/// values beyond the initial ones, which [`parameters`](Self::parameters) draws.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    pub(crate) seed: u64,
    pub(crate) inputs: Vec<Input>,
    pub(crate) populations: Vec<Population>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) drives: Vec<Drive>,
    pub(crate) layout: Layout,
    pub(super) computed: Forms,
}

/// A network in the forms that engines compute with, each made when it is first asked for; none where the network is in it itself.
#[derive(Debug, Clone)]
pub(super) struct Forms {
    /// The most bytes that each takes.
    limit: u64,
    matrices: OnceLock<Option<Arc<Computed>>>,
    synapses: OnceLock<Option<Arc<Computed>>>,
    #[cfg(feature = "gpu")]
    lists: OnceLock<Option<Arc<Computed>>>,
}

impl Forms {
    /// None made yet.
    pub fn within(limit: u64) -> Self {
        Self {
            limit,
            matrices: OnceLock::new(),
            synapses: OnceLock::new(),
            #[cfg(feature = "gpu")]
            lists: OnceLock::new(),
        }
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }
}

impl PartialEq for Forms {
    /// They follow from the rest of the network, and their limit is not of what it computes.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Network {
    /// Begins the description of a network.
    pub fn builder() -> super::NetworkBuilder {
        super::NetworkBuilder::default()
    }

    /// The inputs, in order of creation.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The populations, in order of creation.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// The projections, in order of creation.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The projections' names for asking about them, in order of creation.
    pub fn projection_ids(&self) -> impl Iterator<Item = ProjectionId> + use<> {
        (0..self.connections.len()).map(ProjectionId)
    }

    /// One population.
    pub fn population(&self, id: PopulationId) -> &Population {
        &self.populations[id.0]
    }

    /// The populations' names for asking about them, in order of creation.
    pub fn population_ids(&self) -> impl Iterator<Item = PopulationId> + use<> {
        (0..self.populations.len()).map(PopulationId)
    }

    /// The population that was added under a name.
    ///
    /// # Errors
    /// An unknown name; the message names the nearest and lists those there are.
    pub fn population_named(&self, name: &str) -> Result<PopulationId> {
        let names = self.populations.iter().map(|p| p.name.as_str());
        place_of("population", name, names).map(PopulationId)
    }

    /// How many input channels there are whose spikes come with samples.
    pub fn n_channels(&self) -> usize {
        let given = self.inputs.iter().filter(|input| !input.is_generator());
        given.map(|input| input.size).sum()
    }

    /// How many channels there are with those of generators and Poisson drives.
    pub(crate) fn n_all_channels(&self) -> usize {
        let inputs: usize = self.inputs.iter().map(|input| input.size).sum();
        let driven = |drive: &Drive| self.populations[drive.described.population].size;
        inputs + self.drives.iter().map(driven).sum::<usize>()
    }

    /// Whether it has generators or Poisson drives, whose spikes [`complete_inputs`](Self::complete_inputs) adds to a batch.
    pub fn has_own_spikes(&self) -> bool {
        !self.drives.is_empty() || self.inputs.iter().any(Input::is_generator)
    }

    /// The network as engines compute with it; none where it is in that form itself.
    ///
    /// # Errors
    /// Matrices that do not fit.
    pub(crate) fn computed(&self, form: Form) -> Result<Option<&Computed>> {
        let made = match form {
            Form::Matrices => &self.computed.matrices,
            Form::Synapses => &self.computed.synapses,
            #[cfg(feature = "gpu")]
            Form::Lists => &self.computed.lists,
        };
        if let Some(made) = made.get() {
            return Ok(made.as_deref());
        }
        let computed = Computed::of(self, form)?.map(Arc::new);
        Ok(made.get_or_init(|| computed).as_deref())
    }

    /// Whether every projection is a matrix of all pairs, and no Poisson drive adds another.
    pub(crate) fn is_in_matrices(&self) -> bool {
        let mut connections = self.connections.iter();
        self.drives.is_empty() && connections.all(|connection| connection.synapses().is_none())
    }

    /// How many neurons.
    pub fn n_neurons(&self) -> usize {
        self.populations.iter().map(|p| p.size).sum()
    }

    /// Which part of the flat parameter vector means what.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Initial parameters: given values as they are, random ones from `seed`, and neither which synapses there are nor where
    /// neurons start, which are the builder's. The same seed gives the same parameters on every machine.
    pub fn parameters(&self, seed: u64) -> Parameters {
        Parameters::initial(self, seed)
    }

    /// The first unit of a source, counted over all inputs or all populations.
    pub(crate) fn first_unit(&self, source: Source) -> usize {
        match source {
            Source::Input(id) => self.inputs[id.0].first_unit,
            Source::Population(id) => self.populations[id.0].first_unit,
        }
    }

    /// The projections that end at a population.
    pub(crate) fn incoming(&self, target: PopulationId) -> impl Iterator<Item = ProjectionId> {
        (0..self.connections.len())
            .filter(move |&ix| self.connections[ix].target == target)
            .map(ProjectionId)
    }
}
