//! What the shares of all ranks have to have in common.

use super::{NetworkInRows, NetworkShare};
use crate::ranks::Ranks;
use crate::{Error, Result};

/// What all ranks have together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub synapses: u64,
    pub synapse_bytes: u64,
}

impl NetworkShare {
    /// This rank's part of a network that goes in windows, which knows the delays of all; and what all ranks have.
    ///
    /// # Errors
    /// The share of another rank; another division of the network elsewhere; a synapse without delay.
    pub(crate) fn agreed(self, ranks: &mut Ranks) -> Result<(NetworkInRows, Totals)> {
        let (rank, size) = (ranks.rank(), ranks.size());
        if (self.rank, self.ranks) != (rank, size) {
            let value = format!("of rank {} of {}", self.rank, self.ranks);
            let remedy = format!("make that of rank {rank} of {size}");
            return Err(Error::invalid("share of the network", value, remedy));
        }
        let mut network = self.network;
        let (own, bytes) = (network.synapses(), network.synapse_bytes());
        let delays = [network.shortest_delay(), network.longest_delay()].map(f64::to_bits);
        let partitions = self.partitions as u64;
        let told = vec![delays[0], delays[1], own, bytes, partitions];
        let mut totals = Totals::default();
        for words in ranks.all_gather(told)? {
            let [shortest, longest, synapses, bytes, others] = words[..] else {
                return Err(Error::rank(rank, "others have come to another exchange"));
            };
            if others != partitions {
                let remedy = "divide the network on all ranks alike (NetworkBuilder::partitions)";
                return Err(Error::invalid("partitions", partitions, remedy));
            }
            network.widen((f64::from_bits(shortest), f64::from_bits(longest)));
            totals.synapses += synapses;
            totals.synapse_bytes += bytes;
        }
        if network.shortest_delay() == 0.0 {
            let field = "shortest delay of a network over ranks";
            let remedy = "give every synapse a delay above zero, or simulate it in one process: without a delay it goes from event to event";
            return Err(Error::invalid(field, 0, remedy));
        }
        Ok((network, totals))
    }
}
