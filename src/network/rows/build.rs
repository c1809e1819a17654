//! From a description to a network in rows.

use std::ops::Range;

use super::compressed::{self, Rows};
use super::described::{Described, DescribedProjection};
use super::network::{Generators, PopulationInRows};
use super::{NetworkInParts, NetworkInRows};
use crate::network::{
    Delays, InputId, NetworkBuilder, Population, Projection, Rule, Source, Values, Weights,
};
use crate::{Error, Result};

impl NetworkInRows {
    /// Makes the synapses onto some neurons, part by part, and takes note of their delays.
    ///
    /// # Errors
    /// More than the limit of memory.
    pub(super) fn fill(
        &mut self,
        described: &Described,
        parts: Vec<Range<u32>>,
        limit: u64,
    ) -> Result<()> {
        self.partitions = compressed::partitions(described, &self.groups, parts, limit)?.into();
        let delays: Vec<(f64, f64)> = self.rows().map(Rows::delay_range).collect();
        delays.into_iter().for_each(|range| self.widen(range));
        Ok(())
    }
}

impl NetworkBuilder {
    /// Makes the network for one long run, with its synapses in rows.
    ///
    /// All that is drawn is drawn from the builder's [seed](Self::seed): the weights are those of
    /// [`Network::parameters`](crate::network::Network::parameters) of that seed, rounded to single precision.
    ///
    /// # Errors
    /// The first thing that is wrong, by name; a network that does not fit into memory. What only a network for batches can have:
    /// inputs whose spikes come with samples and are not [given](Self::input_spikes).
    pub fn build_in_rows(self) -> Result<NetworkInRows> {
        let limit = self.memory_limit;
        let least = self.partitions;
        self.check_memory(limit)?;
        let (described, mut network) = self.outlined()?;
        let parts = divided(network.neurons(), least);
        network.fill(&described, parts, limit)?;
        Ok(network)
    }

    /// Checks the description and counts the synapses, to be made partition by partition where they are wanted: for a
    /// device that holds more of them than the host. There are as many partitions as are set, or as keep each of
    /// them within the limit of memory.
    ///
    /// # Errors
    /// As [`build_in_rows`](Self::build_in_rows).
    pub fn build_in_parts(self) -> Result<NetworkInParts> {
        let (least, limit) = (self.partitions, self.memory_limit);
        let (described, outline) = self.outlined()?;
        Ok(NetworkInParts::new(described, outline, least, limit))
    }

    /// Refuses what cannot fit before any synapse is drawn: each takes four bytes or more.
    fn check_memory(&self, limit: u64) -> Result<()> {
        let mut synapses = 0.0;
        for (source, target, projection) in &self.projections {
            let size = |of| self.source(of).unwrap_or_default().1;
            let (sources, targets) = (size(*source), size(Source::Population(*target)));
            synapses += projection.rule.expected(sources, targets);
        }
        let needed = 4.0 * synapses;
        if needed <= limit as f64 {
            return Ok(());
        }
        let remedy = format!("about {} synapses fit", limit / 4);
        Err(Error::memory(
            "the network's synapses",
            needed as u64,
            limit,
            remedy,
        ))
    }

    /// The checked description, and the network without its synapses.
    pub(super) fn outlined(self) -> Result<(Described, NetworkInRows)> {
        if self.partitions == 0 {
            return Err(Error::invalid("partitions", 0, "give at least one"));
        }
        let described = self.described()?;
        let mut groups = Vec::new();
        for projection in &described.projections {
            let group = described.group(projection);
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let network = NetworkInRows {
            seed: described.seed,
            populations: described.populations.clone(),
            generators: described.generators.clone().into(),
            drives: described.drives.clone(),
            groups,
            partitions: Vec::new().into(),
            shortest_delay: f64::INFINITY,
            longest_delay: 0.0,
        };
        Ok((described, network))
    }

    /// The description as rows are made from it.
    ///
    /// # Errors
    /// As [`build_in_rows`](Self::build_in_rows), memory left aside.
    pub(crate) fn described(&self) -> Result<Described> {
        self.check()?;
        let generators = self.inputs.iter().enumerate().map(|(ix, input)| {
            let spikes = self.own_spikes(InputId(ix)).ok_or_else(|| {
                Error::invalid(
                    format!("spikes of input \"{}\"", input.name),
                    "none",
                    "one long run has no samples that bring them: give their times (NetworkBuilder::input_spikes)",
                )
            })?;
            Ok(Generators {
                name: input.name.clone(),
                trains: spikes.to_vec(),
            })
        });
        let generators = generators.collect::<Result<_>>()?;
        let mut populations: Vec<PopulationInRows> = self.populations.iter().map(in_rows).collect();
        for (id, receptor, values) in &self.initials {
            let population = &mut populations[id.0];
            match receptor {
                None => population.initial_potential = Some(*values),
                Some(receptor) => population.initial_currents[*receptor] = *values,
            }
        }
        for drive in &self.drives {
            let name = &populations[drive.population].name;
            let field = format!("weight of a drive of \"{name}\"");
            Values::from(drive.weight).check_single(&field)?;
        }
        let projections = self.projections.iter().enumerate();
        let projections = projections.map(|(number, (source, target, projection))| {
            let name = |source| self.source(source).unwrap_or_default().0;
            let target_name = name(Source::Population(*target));
            check(projection, &format!("{}->{target_name}", name(*source)))?;
            let shape = [*source, Source::Population(*target)].map(|of| self.source(of));
            let shape = shape.map(|of| of.unwrap_or_default().1);
            let is_own = *source == Source::Population(*target);
            Ok(DescribedProjection {
                source: *source,
                target: *target,
                projection: drawn(self.seed, number, projection, shape, is_own),
            })
        });
        Ok(Described {
            seed: self.seed,
            projections: projections.collect::<Result<_>>()?,
            populations,
            generators,
            drives: self.drives.clone(),
        })
    }
}

fn in_rows(population: &Population) -> PopulationInRows {
    let first = population.first_unit as u32;
    PopulationInRows {
        name: population.name.clone(),
        neurons: first..first + population.size as u32,
        neuron: population.neuron.clone(),
        initial_potential: None,
        initial_currents: vec![Values::from(0.0); population.neuron.tau_synapse.len()],
    }
}

/// Single precision.
fn check(projection: &Projection, label: &str) -> Result<()> {
    let field = |member: &str| format!("{member} of \"{label}\"");
    let check_delay = |member: &str, delay: f64| Values::from(delay).check_single(&field(member));
    if let Rule::List(list) = &projection.rule {
        for (ix, synapse) in list.iter().enumerate() {
            Values::from(synapse.weight)
                .check_single(&field(&format!("weight of synapse {ix}")))?;
            check_delay(&format!("delay of synapse {ix}"), synapse.delay)?;
        }
        return Ok(());
    }
    match &projection.weights {
        Weights::Drawn(values) => values.check_single(&field("weight"))?,
        Weights::Given(values) => {
            let largest = values
                .iter()
                .fold(0.0_f64, |most, value| most.max(value.abs()));
            Values::from(largest).check_single(&field("weight"))?;
        }
    }
    match &projection.delays {
        Delays::Shared(delay) => check_delay("delay", *delay),
        Delays::Drawn(values) => check_delay("delay", values.least()),
        Delays::Given(values) => {
            let extremes = [f64::min as fn(f64, f64) -> f64, f64::max];
            extremes.into_iter().try_for_each(|extreme| {
                let delay = values.iter().copied().reduce(extreme);
                delay.map_or(Ok(()), |delay| check_delay("delay", delay))
            })
        }
    }
}

/// A projection whose weights, where all are connected to all, themselves included, are those that parameters of the same seed have.
fn drawn(
    seed: u64,
    number: usize,
    projection: &Projection,
    shape: [usize; 2],
    is_own: bool,
) -> Projection {
    let mut projection = projection.clone();
    if let (Rule::AllToAll, Weights::Drawn(values)) = (&projection.rule, &projection.weights)
        && values.constant().is_none()
        && (projection.autapses || !is_own)
    {
        let mut weights = ndarray::Array2::zeros(shape);
        if let Some(weights) = weights.as_slice_mut() {
            values.fill(seed, number, weights);
        }
        projection.weights = Weights::Given(weights);
    }
    projection
}

/// Neurons in so many parts of nearly one size, or in fewer, so that none is empty.
pub(super) fn divided(neurons: usize, parts: usize) -> Vec<Range<u32>> {
    let (neurons, parts) = (neurons as u64, parts.min(neurons).max(1) as u64);
    let cut = |part: u64| (neurons * part / parts) as u32;
    (0..parts).map(|part| cut(part)..cut(part + 1)).collect()
}
