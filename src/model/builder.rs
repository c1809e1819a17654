//! Describing a network.

use ndarray::Array2;

use super::{
    Connection, Delays, Input, InputId, Layout, Network, Neuron, Population, PopulationId,
    Projection, ProjectionId, Source, Weights,
};
use crate::{Error, Result};

/// Collects the description of a network; [`build`](Self::build) checks it.
///
/// ```
/// use spikefront::model::{Distribution, Network, Neuron, Projection};
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
/// assert_eq!(parameters.values().len(), 5 * 120 + 1 + 120 * 3 + 1 + 120 + 3);
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct NetworkBuilder {
    inputs: Vec<Input>,
    populations: Vec<Population>,
    projections: Vec<(Source, PopulationId, Projection)>,
}

impl NetworkBuilder {
    /// Adds a group of input channels.
    pub fn input(&mut self, name: impl Into<String>, size: usize) -> InputId {
        let first_unit = self
            .inputs
            .last()
            .map_or(0, |i| i.first_unit.saturating_add(i.size));
        self.inputs.push(Input {
            name: name.into(),
            size,
            first_unit,
        });
        InputId(self.inputs.len() - 1)
    }

    /// Adds a population of neurons.
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

    /// Checks the description.
    ///
    /// # Errors
    /// The first thing that is wrong, by name: an empty or nameless group, two
    /// of one name, a parameter that is not finite or out of its range, a matrix
    /// whose shape is not `[source x target]`, a projection from a readout, an
    /// id of another network.
    pub fn build(self) -> Result<Network> {
        self.check_groups()?;
        let mut layout = Layout::default();
        let mut connections: Vec<Connection> = Vec::with_capacity(self.projections.len());
        for (source, target, projection) in &self.projections {
            let mut connection = self.connection(*source, *target, projection)?;
            let twins = connections
                .iter()
                .filter(|c| (c.source, c.target) == (connection.source, connection.target))
                .count();
            if twins > 0 {
                connection.name = format!("{}#{}", connection.name, twins + 1);
            }
            layout.push_projection(
                &connection.name,
                connection.source_size,
                connection.target_size,
                &connection.delays,
            );
            connections.push(connection);
        }
        for population in &self.populations {
            layout.push_population(&population.name, population.size, population.is_spiking());
        }
        Ok(Network {
            inputs: self.inputs,
            populations: self.populations,
            connections,
            layout,
        })
    }

    fn check_groups(&self) -> Result<()> {
        if self.populations.is_empty() {
            return Err(Error::invalid(
                "network",
                "without populations",
                "add at least one",
            ));
        }
        let inputs = self.inputs.iter().map(|i| ("input", &i.name, i.size));
        let populations = self
            .populations
            .iter()
            .map(|p| ("population", &p.name, p.size));
        let mut seen: Vec<&str> = Vec::new();
        let mut total = 0_usize;
        for (kind, name, size) in inputs.chain(populations) {
            if name.is_empty() || name.contains(['>', '/', '#']) {
                return Err(Error::invalid(
                    format!("name of a {kind}"),
                    format!("{name:?}"),
                    "give a name that is not empty and has no '>', '/' or '#' in it",
                ));
            }
            if seen.contains(&name.as_str()) {
                return Err(Error::invalid(
                    format!("name of a {kind}"),
                    format!("{name:?}"),
                    "give every input and population a name of its own",
                ));
            }
            seen.push(name);
            total = total.saturating_add(size);
            if size == 0 || total > u32::MAX as usize {
                return Err(Error::invalid(
                    format!("size of {kind} \"{name}\""),
                    size,
                    "give at least one unit, and fewer than 2^32 in all",
                ));
            }
        }
        for population in &self.populations {
            population.neuron.check(&population.name, population.size)?;
        }
        Ok(())
    }

    fn connection(
        &self,
        source: Source,
        target: PopulationId,
        projection: &Projection,
    ) -> Result<Connection> {
        let foreign = |what: &str, ix: usize| {
            Error::invalid(
                format!("{what} of a projection"),
                format!("number {ix}"),
                "use an id that this builder returned",
            )
        };
        let (source_name, source_size) = match source {
            Source::Input(id) => {
                let input = self
                    .inputs
                    .get(id.0)
                    .ok_or_else(|| foreign("source", id.0))?;
                (&input.name, input.size)
            }
            Source::Population(id) => {
                let population = self
                    .populations
                    .get(id.0)
                    .ok_or_else(|| foreign("source", id.0))?;
                if !population.is_spiking() {
                    return Err(Error::invalid(
                        "source of a projection",
                        format!("the readout \"{}\"", population.name),
                        "a population without threshold never fires: project from a spiking one",
                    ));
                }
                (&population.name, population.size)
            }
        };
        let population = self
            .populations
            .get(target.0)
            .ok_or_else(|| foreign("target", target.0))?;
        let name = format!("{source_name}->{}", population.name);
        let shape = (source_size, population.size);
        match &projection.weights {
            Weights::Values(values) => {
                check_matrix(
                    &name,
                    "weight",
                    values,
                    shape,
                    "give a finite value",
                    f64::is_finite,
                )?;
            }
            Weights::Random(distribution) => {
                distribution.check(&format!("weight distribution of \"{name}\""))?;
            }
        }
        let is_delay = |delay: f64| delay.is_finite() && delay >= 0.0;
        let remedy = "give a finite delay in ms, zero or more";
        match &projection.delays {
            Delays::Shared(delay) if is_delay(*delay) => {}
            Delays::Shared(delay) => {
                return Err(Error::invalid(
                    format!("delay of \"{name}\""),
                    delay,
                    remedy,
                ));
            }
            Delays::PerSynapse(delays) => {
                check_matrix(&name, "delay", delays, shape, remedy, is_delay)?;
            }
        }
        Ok(Connection {
            name,
            source,
            source_size,
            target,
            target_size: population.size,
            weights: projection.weights.clone(),
            delays: projection.delays.clone(),
        })
    }
}

fn check_matrix(
    name: &str,
    member: &str,
    values: &Array2<f64>,
    shape: (usize, usize),
    remedy: &str,
    accept: impl Fn(f64) -> bool,
) -> Result<()> {
    if values.dim() != shape {
        return Err(Error::invalid(
            format!("shape of the {member}s of \"{name}\""),
            format!("{:?}", values.dim()),
            format!("give [source x target] = {shape:?}"),
        ));
    }
    match values.indexed_iter().find(|(_, value)| !accept(**value)) {
        None => Ok(()),
        Some(((source, target), value)) => Err(Error::invalid(
            format!("{member} [{source}, {target}] of \"{name}\""),
            value,
            remedy,
        )),
    }
}
