//! A large network whose synapses are made partition by partition.

use std::ops::Range;

use rayon::prelude::*;

use super::build::divided;
use super::compressed::{self, Budget, Extent};
use super::described::Described;
use super::network::Group;
use super::{NetworkInRows, PopulationInRows, Rows};
use crate::Result;

/// Synapses of a partition below which another thread is not worth its tables.
const LEAST_OF_SHARE: u64 = 1 << 18;

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

    /// Makes the synapses of one partition: for each group shares of its rows, to be [joined](super::Joined). There are as many
    /// as there are threads to make them, but no more than fit.
    ///
    /// # Errors
    /// More than the limit of memory.
    pub(crate) fn partition(&self, ix: usize) -> Result<Vec<Vec<Rows>>> {
        let n_groups = self.outline.groups.len();
        let extents = &self.extents[ix * n_groups..(ix + 1) * n_groups];
        let bytes: u64 = extents.iter().map(Extent::bytes).sum();
        let synapses: u64 = extents.iter().map(|extent| extent.synapses).sum();
        let starts = extents.iter().map(|extent| extent.without_synapses());
        let starts: u64 = starts.map(|extent| extent.bytes()).sum();
        let threads = rayon::current_num_threads() as u64;
        let worth = threads.min(synapses / LEAST_OF_SHARE).max(1);
        let fit = 1 + self.limit.saturating_sub(bytes) / starts.max(1);
        self.in_shares(ix, worth.min(fit))
    }

    fn in_shares(&self, ix: usize, n_shares: u64) -> Result<Vec<Vec<Rows>>> {
        compressed::partition_in_shares(
            &self.described,
            &self.outline.groups,
            &self.parts[ix],
            n_shares,
            &Budget::new(self.limit),
        )
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
    use super::super::joined::{Joined, JoinedSynapse};
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

    /// Where rows begin and what is in them.
    fn listed(shares: &[Rows]) -> Vec<(usize, Vec<JoinedSynapse>)> {
        let joined = Joined::new(shares);
        let of_source = |source| {
            let mut row = Vec::new();
            joined.row(source, &mut row);
            (joined.start(source), row)
        };
        let rows: Vec<_> = (0..joined.sources()).map(of_source).collect();
        assert_eq!(joined.start(joined.sources()), joined.len());
        assert_eq!(
            rows.iter().map(|row| row.1.len()).sum::<usize>(),
            joined.len()
        );
        rows
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
            for n_shares in [1, 3, 50] {
                let made = parted.in_shares(ix, n_shares)?;
                for (made, expected) in made.iter().zip(&expected.rows) {
                    assert_eq!(made.len() as u64, n_shares);
                    assert_eq!(listed(made), listed(std::slice::from_ref(expected)));
                }
            }
            let made = parted.partition(ix)?;
            assert!(made.iter().all(|shares| shares.len() == 1));
            for (made, expected) in made.iter().zip(&expected.rows) {
                assert_eq!(made[0], *expected);
            }
        }
        let other = parted.in_shares(0, 3)?;
        let expected = &whole.partitions[1].rows[0];
        assert_ne!(listed(&other[0]), listed(std::slice::from_ref(expected)));
        Ok(())
    }

    #[test]
    fn there_are_as_many_as_keep_to_the_limit() -> Result<()> {
        let mut described = described();
        let whole = described.clone().build_in_rows()?.synapse_bytes();
        let bytes = |partition: &[Vec<Rows>]| -> u64 {
            let rows = partition.iter().flatten();
            rows.map(|rows| rows.extent().bytes()).sum()
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
