//! From a description to a network for batches.

use super::rows::initial_value;
use super::structure::{Drive, Forms};
use super::{
    Connection, Form, Layout, Network, NetworkBuilder, Population, PopulationId, Projection, Rule,
    Source,
};
use crate::{Error, Result};

/// The most synapses of a projection that a parameter vector holds.
const MOST_SYNAPSES: usize = 1 << 31;

impl NetworkBuilder {
    /// Makes the network that batches of samples run on. Which synapses rules make is decided here, by the builder's seed.
    ///
    /// Projections by a rule or from a list hold one parameter a synapse. Engines take what arrives over them synapse by
    /// synapse where there are few for all pairs, and otherwise compute with matrices, in which pairs without a
    /// synapse have weight zero. Projections onto readouts are matrices for both engines, and take the memory of all pairs; sessions
    /// on a GPU have lists there, too.
    ///
    /// # Errors
    /// The first thing that is wrong, by name: an empty or nameless group, two
    /// of one name, a parameter that is not finite or out of its range, a matrix
    /// whose shape is not `[source x target]`, a projection from a readout, an
    /// id of another builder. Neurons with a current at the start, which only a network in rows can have.
    pub fn build(mut self) -> Result<Network> {
        self.check()?;
        self.check_batch()?;
        self.draw_initials();
        // Channels that samples bring are counted before those of generators.
        let given = self.inputs.iter().filter(|i| !i.is_generator());
        let n_channels: usize = given.map(|input| input.size).sum();
        let own = self.inputs.iter_mut().filter(|i| i.is_generator());
        own.for_each(|input| input.first_unit += n_channels);
        let mut layout = Layout::default();
        let mut connections: Vec<Connection> = Vec::with_capacity(self.projections.len());
        for (number, (source, target, projection)) in self.projections.iter().enumerate() {
            let connection =
                self.connection(number, (*source, *target, projection), &connections)?;
            layout.push_projection(&connection);
            connections.push(connection);
        }
        let drives = self.driven(&connections);
        drives
            .iter()
            .for_each(|drive| layout.push_drive(&drive.name));
        for population in &self.populations {
            layout.push_population(&population.name, population.size, &population.neuron);
        }
        let network = Network {
            seed: self.seed,
            inputs: self.inputs,
            populations: self.populations,
            connections,
            drives,
            layout,
            computed: Forms::within(self.memory_limit),
        };
        network.computed(Form::Synapses)?;
        Ok(network)
    }

    /// Puts drawn potentials in place of those that populations say.
    fn draw_initials(&mut self) {
        for (id, _, values) in std::mem::take(&mut self.initials) {
            let Population {
                size,
                first_unit,
                neuron,
                ..
            } = &mut self.populations[id.0];
            let drawn = (0..*size).map(|ix| {
                let threshold = neuron.threshold.as_ref().map(|t| t.get(ix));
                initial_value(self.seed, &values, threshold, (*first_unit + ix) as u32)
            });
            neuron.initial = drawn.collect::<Vec<f64>>().into();
        }
    }

    /// The Poisson drives, with channels behind those of all inputs.
    fn driven(&self, connections: &[Connection]) -> Vec<Drive> {
        let mut drives: Vec<Drive> = Vec::with_capacity(self.drives.len());
        let mut first_unit = self.inputs.iter().map(|input| input.size).sum();
        for described in &self.drives {
            let Population { name, size, .. } = &self.populations[described.population];
            let others = connections
                .iter()
                .map(|connection| connection.name.as_str());
            let name = unique(
                format!("poisson->{name}"),
                others.chain(drives.iter().map(|drive| drive.name.as_str())),
            );
            drives.push(Drive {
                name,
                described: described.clone(),
                first_unit,
            });
            first_unit += size;
        }
        drives
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
        (source, target, projection): (Source, PopulationId, &Projection),
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
            table: None,
        };
        if is_dense {
            return Ok(connection);
        }
        let refuse = |count: f64| {
            Err(Error::invalid(
                format!("number of synapses of \"{}\"", connection.name),
                count,
                format!("give a rule that makes 1 to {MOST_SYNAPSES} of them"),
            ))
        };
        // Before they are drawn, which may take hours.
        let expected = projection.rule.expected(source_size, population.size);
        if expected > MOST_SYNAPSES as f64 {
            return refuse(expected);
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
            return refuse(count as f64);
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
