//! Describing a network.

use super::named::place_of;
use super::{
    Input, InputId, Neuron, PoissonRate, Population, PopulationId, Projection, ProjectionId,
    Source, Values,
};
use crate::Result;

/// Collects the description of a network of any size.
///
/// From one description two forms are made: [`build`](Self::build) makes the [`Network`](super::Network) that batches of samples run
/// on, [`build_in_rows`](Self::build_in_rows) the [`NetworkInRows`](super::NetworkInRows) for one long run of a large network. What only
/// one of the two can do the other refuses by name.
///
/// A layered network, to be trained:
///
/// ```
/// use spikefront::network::{Distribution, Network, Neuron, Projection};
///
/// let lif = Neuron::leaky_integrate_and_fire().tau_membrane(20.0).tau_synapse(5.0);
/// let mut network = Network::builder();
/// let input = network.input("input", 5);
/// let hidden = network.population("hidden", 120, lif.clone());
/// let output = network.population("output", 3, lif);
/// network.connect(input, hidden, Projection::random(Distribution::Normal { mean: 0.1, deviation: 0.05 }));
/// network.connect(hidden, output, Projection::random(Distribution::Normal { mean: 0.05, deviation: 0.02 }).delay(1.0));
/// let network = network.build()?;
/// let parameters = network.parameters(42);
/// assert_eq!(parameters.values().len(), 5 * 120 + 1 + 120 * 3 + 1 + (120 + 4) + (3 + 4));
/// # Ok::<(), spikefront::Error>(())
/// ```
///
/// A balanced network with two receptors, Poisson input and rules in place of matrices, for a long run:
///
/// ```
/// use spikefront::network::{Network, Neuron, Projection, Reset, Rule};
///
/// let neuron = Neuron::leaky_integrate_and_fire()
///     .tau_membrane(20.0)
///     .receptors([5.0, 10.0])
///     .threshold(-50.0)
///     .rest(-49.0)
///     .initial(-60.0)
///     .reset(Reset::refractory(-60.0, 5.0));
/// let mut network = Network::builder().seed(42);
/// let excitatory = network.population("excitatory", 320, neuron.clone());
/// let inhibitory = network.population("inhibitory", 80, neuron);
/// let rule = Rule::FixedProbability(0.02);
/// for target in [excitatory, inhibitory] {
///     network.connect(excitatory, target, Projection::by_rule(rule.clone(), 0.081).delay(0.1));
///     network.connect(inhibitory, target, Projection::by_rule(rule.clone(), -0.45).delay(0.1).receptor(1));
/// }
/// network.poisson(excitatory, 0, 0.1, 0.05);
/// let network = network.build_in_rows()?;
/// assert_eq!(network.neurons(), 400);
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkBuilder {
    pub(super) seed: u64,
    pub(super) inputs: Vec<Input>,
    /// Spikes that inputs have in one long run, channel by channel.
    pub(super) input_spikes: Vec<(InputId, Vec<Vec<f64>>)>,
    pub(super) populations: Vec<Population>,
    pub(super) drives: Vec<PoissonDrive>,
    /// Where neurons start, in place of what their population says: of their potential, or of the current of a receptor.
    pub(super) initials: Vec<(PopulationId, Option<usize>, Values)>,
    pub(super) projections: Vec<(Source, PopulationId, Projection)>,
    pub(super) partitions: usize,
    pub(super) memory_limit: u64,
}

impl Default for NetworkBuilder {
    fn default() -> Self {
        Self {
            seed: 0,
            inputs: Vec::new(),
            input_spikes: Vec::new(),
            populations: Vec::new(),
            drives: Vec::new(),
            initials: Vec::new(),
            projections: Vec::new(),
            partitions: 1,
            memory_limit: u64::MAX,
        }
    }
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

impl NetworkBuilder {
    /// Sets the seed of what is drawn when the network is made, 0 unless set: which synapses rules make and where neurons
    /// start; in rows also weights, delays and Poisson arrivals, which in a batch have seeds of their own.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a group of input channels, whose spikes come with each sample of a batch.
    pub fn input(&mut self, name: impl Into<String>, size: usize) -> InputId {
        self.push_input(name.into(), size, None)
    }

    /// Adds a group of channels with spikes of its own, the same in every sample: for each channel its times in ms, in order.
    pub fn generators(&mut self, name: impl Into<String>, trains: Vec<Vec<f64>>) -> InputId {
        self.push_input(name.into(), trains.len(), Some(trains))
    }

    /// The generators so far: the name of each, and for each of its channels the spike times in ms.
    pub(crate) fn trains(&self) -> impl Iterator<Item = (&str, &[Vec<f64>])> {
        let inputs = self.inputs.iter();
        inputs.filter_map(|input| Some((input.name.as_str(), input.trains.as_deref()?)))
    }

    /// Gives an input's channels the spikes that they have in one long run, for each its times in ms, in order; anew where they had
    /// some. In rows the input is a group of generators; in a batch spikes come with each sample all the same.
    ///
    /// ```
    /// use spikefront::network::{Network, Neuron, Projection};
    ///
    /// let mut network = Network::builder();
    /// let input = network.input("input", 2);
    /// let cells = network.population("cells", 3, Neuron::leaky_integrate_and_fire());
    /// network.connect(input, cells, Projection::random(0.6));
    /// let batch = network.clone().build()?;
    /// network.input_spikes(input, vec![vec![1.0], vec![4.0, 9.5]]);
    /// let rows = network.build_in_rows()?;
    /// assert_eq!(rows.neurons(), batch.n_neurons());
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    pub fn input_spikes(&mut self, input: InputId, trains: Vec<Vec<f64>>) {
        self.input_spikes.retain(|(given, _)| *given != input);
        self.input_spikes.push((input, trains));
    }

    /// The spikes that an input has of its own: as generators, or given for one long run.
    pub(super) fn own_spikes(&self, input: InputId) -> Option<&[Vec<f64>]> {
        let own = self.inputs.get(input.0)?.trains.as_deref();
        let mut given = self.input_spikes.iter();
        own.or_else(|| {
            let found = given.find(|(given, _)| *given == input)?;
            Some(&found.1)
        })
    }

    fn push_input(&mut self, name: String, size: usize, trains: Option<Vec<Vec<f64>>>) -> InputId {
        // Channels that samples bring are counted before those that have spikes of their own.
        let same_kind = self
            .inputs
            .iter()
            .filter(|i| i.trains.is_some() == trains.is_some());
        let first_unit = same_kind.fold(0_usize, |sum, input| sum.saturating_add(input.size));
        self.inputs.push(Input {
            name,
            size,
            first_unit,
            trains,
        });
        InputId(self.inputs.len() - 1)
    }

    /// Adds a population of neurons, which start without synaptic current.
    pub fn population(
        &mut self,
        name: impl Into<String>,
        size: usize,
        neuron: Neuron,
    ) -> PopulationId {
        let first_unit = self
            .populations
            .last()
            .map_or(0, |p| p.first_unit.saturating_add(p.size));
        self.populations.push(Population {
            name: name.into(),
            size,
            first_unit,
            neuron,
        });
        PopulationId(self.populations.len() - 1)
    }

    /// Draws the potentials at the start, in place of [`Neuron::initial`]; what would lie at or above the threshold is drawn again.
    pub fn initial_potential(&mut self, population: PopulationId, values: impl Into<Values>) {
        self.initials.push((population, None, values.into()));
    }

    /// Draws the synaptic currents of a receptor at the start; in rows only.
    pub fn initial_current(
        &mut self,
        population: PopulationId,
        receptor: usize,
        values: impl Into<Values>,
    ) {
        self.initials
            .push((population, Some(receptor), values.into()));
    }

    /// Adds independent Poisson arrivals at every neuron of a population: `rate` per ms, a number or what changes at given
    /// times, each adding `weight` to the receptor's current. Their times are exact and a function of a seed alone.
    pub fn poisson(
        &mut self,
        population: PopulationId,
        receptor: usize,
        rate: impl Into<PoissonRate>,
        weight: f64,
    ) {
        self.drives.push(PoissonDrive {
            population: population.0,
            receptor,
            rate: rate.into(),
            weight,
        });
    }

    /// Adds a projection from an input or a population to a population.
    pub fn connect(
        &mut self,
        source: impl Into<Source>,
        target: PopulationId,
        projection: Projection,
    ) -> ProjectionId {
        self.projections.push((source.into(), target, projection));
        ProjectionId(self.projections.len() - 1)
    }

    /// The population that was added under a name.
    ///
    /// # Errors
    /// An unknown name; the message names the nearest and lists those there are.
    pub fn population_named(&self, name: &str) -> Result<PopulationId> {
        let names = self.populations.iter().map(|p| p.name.as_str());
        place_of("population", name, names).map(PopulationId)
    }

    /// The input, generators or population that was added under a name.
    ///
    /// # Errors
    /// As [`population_named`](Self::population_named).
    pub fn source_named(&self, name: &str) -> Result<Source> {
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        let populations = self.populations.iter().map(|p| p.name.as_str());
        let place = place_of("source", name, inputs.chain(populations))?;
        Ok(match place.checked_sub(self.inputs.len()) {
            None => InputId(place).into(),
            Some(population) => PopulationId(population).into(),
        })
    }

    /// Divides the neurons of a network in rows into so many parts, which threads advance side by side; 1 unless set. The
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

    /// The name of a source and how many units it has; none for an id of another builder.
    pub(super) fn source(&self, source: Source) -> Option<(&str, usize)> {
        match source {
            Source::Input(id) => self.inputs.get(id.0).map(|i| (i.name.as_str(), i.size)),
            Source::Population(id) => {
                let population = self.populations.get(id.0);
                population.map(|p| (p.name.as_str(), p.size))
            }
        }
    }
}
