//! The synapses of a projection in the order of their sources, and of their targets.

use std::ops::Range;

/// Which synapses each source has, in the order of their targets; those of one pair keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SynapseTable {
    /// For each source where its synapses begin in `targets`, and where the last one's end.
    first: Vec<u32>,
    targets: Vec<u32>,
}

impl SynapseTable {
    /// Of synapses, `[source, target]` each, from so many sources; and for each synapse of the table its place in the list.
    pub fn new(n_sources: usize, synapses: &[[u32; 2]]) -> (Self, Vec<u32>) {
        let mut first = vec![0_u32; n_sources + 1];
        for &[source, _] in synapses {
            first[source as usize + 1] += 1;
        }
        for source in 0..n_sources {
            first[source + 1] += first[source];
        }
        let mut places: Vec<u32> = (0..synapses.len() as u32).collect();
        places.sort_by_key(|&place| synapses[place as usize]);
        let targets = places.iter().map(|&place| synapses[place as usize][1]);
        let targets = targets.collect();
        (Self { first, targets }, places)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// For each source its first synapse, and behind them how many there are.
    #[cfg(feature = "gpu")]
    pub fn firsts(&self) -> &[u32] {
        &self.first
    }

    /// The target of each synapse.
    #[cfg(feature = "gpu")]
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Those of a source.
    pub fn of_source(&self, source: usize) -> Range<usize> {
        self.first[source] as usize..self.first[source + 1] as usize
    }

    /// The source of a synapse.
    pub fn source(&self, synapse: usize) -> usize {
        self.first
            .partition_point(|&first| first as usize <= synapse)
            - 1
    }

    /// The target of a synapse.
    pub fn target(&self, synapse: usize) -> usize {
        self.targets[synapse] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_every_synapse_once_in_order() {
        let synapses = [[2, 0], [0, 1], [2, 3], [0, 1], [3, 2], [2, 0]];
        let (table, mut places) = SynapseTable::new(5, &synapses);
        for source in 0..5 {
            let mut latest = None;
            for synapse in table.of_source(source) {
                let place = places[synapse];
                let [from, to] = synapses[place as usize].map(|end| end as usize);
                assert_eq!((source, table.target(synapse)), (from, to));
                assert!(
                    latest < Some((to, place)),
                    "those of a pair keep their order"
                );
                latest = Some((to, place));
                assert_eq!(table.source(synapse), source);
            }
        }
        places.sort_unstable();
        assert_eq!(places, [0, 1, 2, 3, 4, 5]);
        assert_eq!(table.of_source(1).len() + table.of_source(4).len(), 0);
        assert_eq!(table.len(), 6);
    }
}
