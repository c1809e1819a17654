//! A large network whose synapses are made partition by partition.

use std::ops::Range;

use rayon::prelude::*;

use super::build::divided;
use super::compressed::{self, Budget, Extent};
use super::described::Described;
use super::network::{Group, Partition};
use super::{NetworkInRows, PopulationInRows};
use crate::Result;

/// A large network whose synapses have been counted but not made.
///
/// Each synapse is a function of the seed and of what it is (`random`), so that they can be made partition by partition, as
/// often as they are wanted: [`GpuStream::in_parts`](crate::gpu::stream::GpuStream::in_parts) brings
/// one partition after another to the device, and the host holds one at a time. They are those of
/// [`NetworkBuilder::build_in_rows`](crate::network::NetworkBuilder::build_in_rows).
///
/// ```
/// let mut described = spikefront::networks::cuba(0.05, 1);
/// described.partitions(4);
/// let whole = described.clone().build_in_rows()?;
/// let parted = described.build_in_parts()?;
/// assert_eq!(parted.synapses(), whole.synapses());
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkInParts {
    described: Described,
    /// Without synapses.
    pub(crate) outline: NetworkInRows,
    /// Neurons of each partition.
    parts: Vec<Range<u32>>,
    extents: Vec<Extent>,
    limit: u64,
}

impl NetworkInParts {
    /// In `least` partitions, or in as many as keep each within `limit` bytes.
    pub(super) fn new(
        described: Described,
        mut outline: NetworkInRows,
        least: usize,
        limit: u64,
    ) -> Self {
        let neurons = outline.neurons();
        let groups = outline.groups.clone();
        let mut parts = divided(neurons, least);
        loop {
            let of_part = |neurons: &Range<u32>| -> Vec<(Extent, (f64, f64))> {
                let counted = |group: &Group| compressed::count(&described, *group, neurons);
                groups.par_iter().map(counted).collect()
            };
            let counted: Vec<_> = parts.par_iter().flat_map_iter(of_part).collect();
            let (extents, delays): (Vec<Extent>, Vec<_>) = counted.into_iter().unzip();
            let bytes = |part: &[Extent]| part.iter().map(Extent::bytes).sum();
            let most: u64 = extents
                .chunks(groups.len().max(1))
                .map(bytes)
                .max()
                .unwrap_or(0);
            // Where rows begin takes the same in each partition. More of them than this would not help: making one will say so.
            let starts = extents.iter().take(groups.len());
            let fixed: u64 = starts.map(|e| e.without_synapses().bytes()).sum();
            if most <= limit || limit < 2 * fixed || parts.len() == neurons {
                delays.into_iter().for_each(|range| outline.widen(range));
                return Self {
                    described,
                    outline,
                    parts,
                    extents,
                    limit,
                };
            }
            let times = (most - fixed).div_ceil(limit - fixed) as usize;
            // A little more than needed: parts are not quite of one size.
            parts = divided(neurons, parts.len() * times + 1);
        }
    }

    /// Makes the synapses of one partition.
    ///
    /// # Errors
    /// More than the limit of memory.
    pub(crate) fn partition(&self, ix: usize) -> Result<Partition> {
        let neurons = self.parts[ix].clone();
        let groups = &self.outline.groups;
        compressed::partition(&self.described, groups, neurons, &Budget::new(self.limit))
    }

    pub(crate) fn extents(&self) -> impl Iterator<Item = Extent> {
        self.extents.iter().copied()
    }

    /// How many neurons there are.
    pub fn neurons(&self) -> usize {
        self.outline.neurons()
    }

    /// The populations in the order in which they were described.
    pub fn populations(&self) -> &[PopulationInRows] {
        self.outline.populations()
    }

    /// In how many partitions the synapses are made.
    pub fn partitions(&self) -> usize {
        self.parts.len()
    }

    /// How many synapses there are.
    pub fn synapses(&self) -> u64 {
        self.extents().map(|extent| extent.synapses).sum()
    }

    /// What the synapses would take in the host's memory all at once, in bytes.
    pub fn synapse_bytes(&self) -> u64 {
        self.extents().map(|extent| extent.bytes()).sum()
    }

    /// The shortest delay in ms; infinite where there are no synapses.
    pub fn shortest_delay(&self) -> f64 {
        self.outline.shortest_delay()
    }

    /// The longest delay in ms; zero where there are no synapses.
    pub fn longest_delay(&self) -> f64 {
        self.outline.longest_delay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, NetworkBuilder, Neuron, Projection, Rule, Values};

    fn described() -> NetworkBuilder {
        let neuron = Neuron::leaky_integrate_and_fire().receptors([5.0, 10.0]);
        let mut network = Network::builder().seed(3);
        let a = network.population("a", 60, neuron.clone());
        let b = network.population("b", 40, neuron);
        let drawn = |rule| {
            let weights = Values::normal(0.1, 0.05);
            Projection::by_rule(rule, weights).delay(Values::uniform(1.0, 3.0))
        };
        network.connect(a, b, drawn(Rule::FixedTotalNumber(500)));
        network.connect(b, a, drawn(Rule::FixedProbability(0.2)).receptor(1));
        let own = Projection::by_rule(Rule::FixedInDegree(7), 0.2).delay(1.5);
        network.connect(a, a, own);
        network
    }

    #[test]
    fn partitions_are_those_of_the_whole() -> Result<()> {
        let mut described = described();
        let whole = described.partitions(4).clone().build_in_rows()?;
        let parted = described.build_in_parts()?;
        assert_eq!((parted.neurons(), parted.partitions()), (100, 4));
        assert_eq!(parted.synapses(), whole.synapses());
        assert_eq!(parted.synapse_bytes(), whole.synapse_bytes());
        assert_eq!(parted.shortest_delay(), whole.shortest_delay());
        assert_eq!(parted.longest_delay(), whole.longest_delay());
        for (ix, expected) in whole.partitions.iter().enumerate() {
            let made = parted.partition(ix)?;
            assert_eq!(made.neurons, expected.neurons);
            for (made, expected) in made.rows.iter().zip(&expected.rows) {
                assert_eq!(made, expected);
            }
        }
        let other = parted.partition(0)?;
        assert_ne!(other.rows[0], whole.partitions[1].rows[0]);
        Ok(())
    }

    #[test]
    fn there_are_as_many_as_keep_to_the_limit() -> Result<()> {
        let mut described = described();
        let whole = described.clone().build_in_rows()?.synapse_bytes();
        let bytes = |partition: &Partition| -> u64 {
            partition
                .rows
                .iter()
                .map(|rows| rows.extent().bytes())
                .sum()
        };
        let limit = whole / 2;
        let parted = described.memory_limit(limit).clone().build_in_parts()?;
        assert!(
            (2..20).contains(&parted.partitions()),
            "{}",
            parted.partitions()
        );
        for ix in 0..parted.partitions() {
            assert!(bytes(&parted.partition(ix)?) <= limit);
        }
        // Where rows begin takes more than this in any partition.
        let parted = described.memory_limit(100).clone().build_in_parts()?;
        assert_eq!(parted.partitions(), 1);
        assert!(parted.partition(0).is_err());
        Ok(())
    }
}
