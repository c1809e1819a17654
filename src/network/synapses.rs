//! The synapses of a projection in the order of their sources.

use std::ops::Range;

/// Which synapses each source has; those of one source keep their order.
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
        let mut next = first.clone();
        let (mut targets, mut places) = (vec![0; synapses.len()], vec![0; synapses.len()]);
        for (place, &[source, target]) in (0..).zip(synapses) {
            let next = &mut next[source as usize];
            targets[*next as usize] = target;
            places[*next as usize] = place;
            *next += 1;
        }
        (Self { first, targets }, places)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.targets.len()
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
    fn a_table_has_every_synapse_once_at_its_source() {
        let synapses = [[2, 0], [0, 1], [2, 3], [0, 1], [3, 2], [2, 0]];
        let (table, mut places) = SynapseTable::new(5, &synapses);
        for source in 0..5 {
            let mut latest = None;
            for synapse in table.of_source(source) {
                let place = places[synapse];
                assert!(latest < Some(place), "those of a source keep their order");
                latest = Some(place);
                let [from, to] = synapses[place as usize].map(|end| end as usize);
                assert_eq!((source, table.target(synapse)), (from, to));
                assert_eq!(table.source(synapse), source);
            }
        }
        places.sort_unstable();
        assert_eq!(places, [0, 1, 2, 3, 4, 5]);
        assert_eq!(table.of_source(1).len() + table.of_source(4).len(), 0);
        assert_eq!(table.len(), 6);
    }
}
