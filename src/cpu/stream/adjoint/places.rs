//! Where synapses lie in gradients.

use crate::network::NetworkInRows;

/// Where the rows of each partition and group begin among all synapses, in the order of
/// [`NetworkInRows::placed_synapses`].
#[derive(Debug)]
pub(super) struct Places {
    starts: Vec<Vec<usize>>,
    synapses: usize,
}

impl Places {
    pub fn new(network: &NetworkInRows) -> Self {
        let mut synapses = 0;
        let starts = network.partitions.iter().map(|partition| {
            let rows = partition.rows.iter().map(|rows| {
                let start = synapses;
                synapses += rows.len();
                start
            });
            rows.collect()
        });
        let starts = starts.collect();
        Self { starts, synapses }
    }

    pub fn synapses(&self) -> usize {
        self.synapses
    }

    /// The place of a synapse of a group's rows in a partition.
    pub fn of(&self, part: usize, group: usize, synapse: usize) -> usize {
        self.starts[part][group] + synapse
    }
}
