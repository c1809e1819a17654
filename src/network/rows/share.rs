//! One rank's share of a large network.

use super::build::divided;
use super::{NetworkInRows, PopulationInRows};
use crate::network::NetworkBuilder;
use crate::{Error, Result};

/// What one of several ranks holds of a network: all neurons by name, and the synapses onto its own.
///
/// The network is divided into [partitions](NetworkBuilder::partitions), whose number does not depend on that of the ranks, and each rank
/// has a range of them. Each synapse is a function of the seed and of what it is, so a share is made without the others; where a
/// projection has a fixed total number each rank goes through all draws of it to find its own.
///
/// ```
/// let mut described = spikefront::networks::cuba(0.05, 1);
/// described.partitions(4);
/// let whole = described.clone().build_in_rows()?;
/// let shares = [0, 1].map(|rank| described.clone().build_share(rank, 2));
/// let [first, second] = shares;
/// assert_eq!(first?.synapses() + second?.synapses(), whole.synapses());
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkShare {
    /// With its own partitions alone.
    pub(crate) network: NetworkInRows,
    pub(crate) rank: usize,
    pub(crate) ranks: usize,
    /// How many partitions all ranks have.
    pub(crate) partitions: usize,
}

impl NetworkBuilder {
    /// Makes the share of rank number `rank` of `ranks`, for [`RankStream`](crate::cpu::stream::RankStream). The limit of memory is that
    /// of the share.
    ///
    /// # Errors
    /// As [`build_in_rows`](Self::build_in_rows); fewer partitions than ranks.
    pub fn build_share(self, rank: usize, ranks: usize) -> Result<NetworkShare> {
        let (limit, partitions) = (self.memory_limit, self.partitions);
        if rank >= ranks {
            let remedy = format!("ranks are counted from 0, and there are {ranks}");
            return Err(Error::invalid("rank", rank, remedy));
        }
        let (described, mut network) = self.outlined()?;
        let parts = divided(network.neurons(), partitions);
        let all = parts.len();
        if all < ranks {
            let field = "partitions of a network over ranks";
            let remedy = format!(
                "divide the network into {ranks} or more (NetworkBuilder::partitions), or use fewer ranks: each has one at least, and each of them a neuron at least"
            );
            return Err(Error::invalid(field, all, remedy));
        }
        let own = parts[crate::ranks::share_of(all, rank, ranks)].to_vec();
        network.fill(&described, own, limit)?;
        Ok(NetworkShare {
            network,
            rank,
            ranks,
            partitions: all,
        })
    }
}

impl NetworkShare {
    /// How many neurons the whole network has.
    pub fn neurons(&self) -> usize {
        self.network.neurons()
    }

    /// The neurons of this rank, counted through the network.
    pub fn own_neurons(&self) -> std::ops::Range<u32> {
        self.network.own_neurons()
    }

    /// All populations in the order in which they were described.
    pub fn populations(&self) -> &[PopulationInRows] {
        self.network.populations()
    }

    /// How many synapses this rank has.
    pub fn synapses(&self) -> u64 {
        self.network.synapses()
    }

    /// What they take in memory, in bytes.
    pub fn synapse_bytes(&self) -> u64 {
        self.network.synapse_bytes()
    }

    /// The synapses of this rank, in the order in which gradients list them: over all ranks that of
    /// [`NetworkInRows::placed_synapses`] of as many partitions.
    pub fn placed_synapses(&self) -> impl Iterator<Item = super::PlacedSynapse> + '_ {
        self.network.placed_synapses()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_partitions_of_the_whole() -> Result<()> {
        let mut described = crate::networks::microcircuit(0.01, 1);
        described.partitions(5);
        let whole = described.clone().build_in_rows()?;
        for ranks in [1, 2, 3, 5] {
            let mut next = 0;
            for rank in 0..ranks {
                let share = described.clone().build_share(rank, ranks)?;
                assert_eq!(share.neurons(), whole.neurons());
                assert_eq!(share.partitions, 5);
                for part in share.network.partitions.iter() {
                    let expected = &whole.partitions[next];
                    assert_eq!(part.neurons, expected.neurons);
                    assert_eq!(part.rows, expected.rows);
                    next += 1;
                }
            }
            assert_eq!(next, 5);
        }
        let other = described.clone().build_share(0, 5)?;
        assert_ne!(other.network.partitions[0].rows, whole.partitions[1].rows);
        let told = described
            .clone()
            .build_share(0, 6)
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("is 5: divide the network into 6 or more"),
            "{told}"
        );
        assert!(described.build_share(2, 2).is_err());
        Ok(())
    }
}
