//! The form of a network for batches: which synapses there are, and which part of the parameter vector means what.

use std::sync::Arc;

use super::rows::initial_value;
use super::rule::{Address, Ends};
use super::structure::Drive;
use super::{
    Connection, Dense, Draws, Layout, Network, NetworkBuilder, Projection, Purpose, Rule, Source,
    Weights,
};
use crate::{Error, Result};

/// The most synapses of a projection that a parameter vector holds.
const MOST_SYNAPSES: usize = 1 << 31;

impl NetworkBuilder {
    /// Makes the network that batches of samples run on. Which synapses rules make is decided here, by the builder's seed.
    ///
    /// Projections by a rule or from a list hold one parameter a synapse; engines compute with matrices, in which
    /// pairs without a synapse have weight zero. So a batch takes the memory and the time of all pairs.
    ///
    /// # Errors
    /// The first thing that is wrong, by name: an empty or nameless group, two
    /// of one name, a parameter that is not finite or out of its range, a matrix
    /// whose shape is not `[source x target]`, a projection from a readout, an
    /// id of another builder. Neurons with several receptors or with a current at the start, which only a network in
    /// rows can have.
    pub fn build(mut self) -> Result<Network> {
        self.check()?;
        self.check_batch()?;
        for (id, _, values) in std::mem::take(&mut self.initials) {
            let population = &mut self.populations[id.0];
            let threshold = population.neuron.threshold.clone();
            let first = population.first_unit as u32;
            let drawn = (0..population.size).map(|neuron| {
                let threshold = threshold.as_ref().map(|t| t.get(neuron));
                initial_value(self.seed, &values, threshold, first + neuron as u32)
            });
            population.neuron.initial = drawn.collect::<Vec<f64>>().into();
        }
        let given = self.inputs.iter().filter(|i| i.trains.is_none());
        let n_channels: usize = given.map(|input| input.size).sum();
        let own = self.inputs.iter_mut().filter(|i| i.trains.is_some());
        own.for_each(|input| input.first_unit += n_channels);
        let mut layout = Layout::default();
        let mut connections: Vec<Connection> = Vec::with_capacity(self.projections.len());
        for (number, (source, target, projection)) in self.projections.iter().enumerate() {
            let connection =
                self.connection(number, (*source, *target, projection), &connections)?;
            layout.push_projection(&connection);
            connections.push(connection);
        }
        let mut drives: Vec<Drive> = Vec::with_capacity(self.drives.len());
        let mut first_unit = self.inputs.iter().map(|input| input.size).sum();
        for described in &self.drives {
            let population = &self.populations[described.population];
            let name = unique(
                format!("poisson->{}", population.name),
                drives.iter().map(|drive| drive.name.as_str()),
            );
            layout.push_drive(&name);
            drives.push(Drive {
                name,
                described: described.clone(),
                first_unit,
            });
            first_unit += population.size;
        }
        for population in &self.populations {
            layout.push_population(&population.name, population.size, &population.neuron);
        }
        let mut network = Network {
            seed: self.seed,
            inputs: self.inputs,
            populations: self.populations,
            connections,
            drives,
            layout,
            dense: None,
        };
        network.dense = Dense::of(&network)?.map(Arc::new);
        Ok(network)
    }

    fn check_batch(&self) -> Result<()> {
        let inputs = self.inputs.iter().map(|i| ("input", &i.name));
        let populations = self.populations.iter().map(|p| ("population", &p.name));
        for (kind, name) in inputs.chain(populations) {
            if name.contains(['>', '/', '#']) {
                return Err(Error::invalid(
                    format!("name of {kind}"),
                    format!("{name:?}"),
                    "leave out '>', '/' and '#', which names of parameters are made with",
                ));
            }
        }
        for population in &self.populations {
            let receptors = population.neuron.tau_synapse.len();
            if receptors > 1 {
                return Err(Error::invalid(
                    format!("receptors of population \"{}\"", population.name),
                    receptors,
                    "a network for batches takes one; make it in rows, or give each kind of synapse one time constant",
                ));
            }
        }
        match self
            .initials
            .iter()
            .find(|(_, receptor, _)| receptor.is_some())
        {
            None => Ok(()),
            Some((id, ..)) => Err(Error::invalid(
                format!(
                    "initial current of population \"{}\"",
                    self.populations[id.0].name
                ),
                "given",
                "neurons of a batch start without current; make the network in rows, or leave it out",
            )),
        }
    }

    fn connection(
        &self,
        number: usize,
        (source, target, projection): (Source, super::PopulationId, &Projection),
        earlier: &[Connection],
    ) -> Result<Connection> {
        let (source_name, source_size) = self.source(source).unwrap_or_default();
        let population = &self.populations[target.0];
        let name = unique(
            format!("{source_name}->{}", population.name),
            earlier.iter().map(|connection| connection.name.as_str()),
        );
        let is_own = source == Source::Population(target);
        let is_dense = projection.rule == Rule::AllToAll && (projection.autapses || !is_own);
        let mut connection = Connection {
            name,
            number,
            source,
            source_size,
            target,
            target_size: population.size,
            projection: projection.clone(),
            synapses: None,
        };
        if is_dense {
            return Ok(connection);
        }
        let mut synapses = Vec::new();
        let mut count = 0;
        connection.for_each(self.seed, |source, target, _| {
            count += 1;
            if count <= MOST_SYNAPSES {
                synapses.push([source, target]);
            }
        });
        if count == 0 || count > MOST_SYNAPSES {
            return Err(Error::invalid(
                format!("number of synapses of \"{}\"", connection.name),
                count,
                format!(
                    "a network for batches takes 1 to {MOST_SYNAPSES}; change the rule, or make it in rows"
                ),
            ));
        }
        connection.synapses = Some(synapses.into());
        Ok(connection)
    }
}

/// A name that none of others is: with a number behind it from the second of its kind on.
fn unique<'a>(name: String, others: impl Iterator<Item = &'a str>) -> String {
    let twins = others
        .filter(|other| other.split('#').next() == Some(name.as_str()))
        .count();
    match twins {
        0 => name,
        twins => format!("{name}#{}", twins + 1),
    }
}

impl Connection {
    /// Calls `found(source, target, address)` for each synapse that the rule makes.
    pub(super) fn for_each(&self, seed: u64, found: impl FnMut(u32, u32, Address)) {
        let targets = self.target_size as u32;
        let ends = Ends {
            sources: self.source_size as u32,
            targets,
            wanted: 0..targets,
            without_self: !self.projection.autapses
                && self.source == Source::Population(self.target),
        };
        let draws = Draws::new(seed, Purpose::Connect, self.number);
        self.projection.rule.for_each(&draws, &ends, found);
    }

    /// The delays of all synapses in the order of the parameters: by source, where all are connected to all.
    pub(super) fn delays_by_source(&self, network_seed: u64, seed: u64, delays: &mut [f64]) {
        if self.synapses().is_some() {
            return self.synaptic_values(network_seed, seed, Purpose::Delay, delays);
        }
        let draws = Draws::new(seed, Purpose::Delay, self.number);
        self.for_each(network_seed, |source, target, address| {
            let place = source as usize * self.target_size + target as usize;
            delays[place] =
                (self.projection).value(&draws, Purpose::Delay, source, target, address);
        });
    }

    /// Of the matrix in which the parameters can be seen.
    pub(super) fn shape(&self) -> (usize, usize) {
        match &self.synapses {
            None => (self.source_size, self.target_size),
            Some(synapses) => (1, synapses.len()),
        }
    }

    /// The weights of all synapses, or their delays, in the order of [`for_each`](Self::for_each).
    pub(super) fn synaptic_values(
        &self,
        network_seed: u64,
        seed: u64,
        purpose: Purpose,
        values: &mut [f64],
    ) {
        // A seed of a batch draws as a network in rows with that seed does, for the same synapses.
        let draws = Draws::new(seed, purpose, self.number);
        let mut values = values.iter_mut();
        self.for_each(network_seed, |source, target, address| {
            if let Some(value) = values.next() {
                *value = self
                    .projection
                    .value(&draws, purpose, source, target, address);
            }
        });
    }
}

impl Projection {
    /// The weight or the delay of a synapse.
    pub(super) fn value(
        &self,
        draws: &Draws,
        purpose: Purpose,
        source: u32,
        target: u32,
        address: Address,
    ) -> f64 {
        let place = [source as usize, target as usize];
        let is_weight = purpose == Purpose::Weight;
        match (&self.rule, &self.weights, &self.delays) {
            (Rule::List(list), ..) if is_weight => list[address.index as usize].weight,
            (Rule::List(list), ..) => list[address.index as usize].delay,
            (_, Weights::Given(weights), _) if is_weight => weights[place],
            (_, Weights::Drawn(values), _) if is_weight => {
                values.draw(draws, address.unit, address.index)
            }
            (.., super::Delays::Shared(delay)) => *delay,
            (.., super::Delays::Given(delays)) => delays[place],
            (.., super::Delays::Drawn(values)) => values.draw(draws, address.unit, address.index),
        }
    }
}
