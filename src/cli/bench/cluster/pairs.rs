//! Ranks without a synapse from one to the other: to those a message of spikes would be of no use.

use spikefront::network::{NetworkInRows, Source};

/// Of more ranks pairs are not counted: they would take too much memory.
const MOST_RANKS: u64 = 4096;

/// Of so many ranks.
pub struct Pairs {
    pub ranks: u64,
    /// Ordered pairs of two ranks, and those of them without a synapse from the first to the second.
    pub all: u64,
    pub unconnected: u64,
}

impl Pairs {
    /// Those of a network divided among each of some numbers of ranks, of which none is without neurons.
    pub fn count(network: &NetworkInRows, ranks: &[u64]) -> Vec<Self> {
        let neurons = network.neurons() as u64;
        let possible = 2..=neurons.min(MOST_RANKS);
        let possible = ranks.iter().copied().filter(|n| possible.contains(n));
        let mut tables: Vec<(u64, Vec<bool>)> = possible
            .map(|n| (n, vec![false; (n * n) as usize]))
            .collect();
        for synapse in network.placed_synapses() {
            let Source::Population(id) = synapse.source else {
                continue;
            };
            let source = network.population(id).neurons.start + synapse.source_number;
            for (n, are_connected) in &mut tables {
                // As partitions are cut.
                let rank = |neuron: u32| ((u64::from(neuron) + 1) * *n - 1) / neurons;
                let pair = rank(source) * *n + rank(synapse.target);
                are_connected[pair as usize] = true;
            }
        }
        let of = |(ranks, are_connected): (u64, Vec<bool>)| {
            let pairs = (0..ranks).flat_map(|a| (0..ranks).map(move |b| (a, b)));
            let missing = pairs.filter(|(a, b)| a != b && !are_connected[(a * ranks + b) as usize]);
            Self {
                ranks,
                all: ranks * (ranks - 1),
                unconnected: missing.count() as u64,
            }
        };
        tables.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spikefront::network::{Network, Neuron, Projection, Rule};

    #[test]
    fn pairs_without_a_synapse_are_counted() -> spikefront::Result<()> {
        let mut network = Network::builder();
        let neuron = Neuron::leaky_integrate_and_fire();
        let a = network.population("a", 4, neuron.clone());
        let b = network.population("b", 4, neuron);
        let all = || Projection::by_rule(Rule::FixedProbability(1.0), 1.0).delay(1.0);
        network.connect(a, a, all());
        network.connect(a, b, all());
        let network = network.build_in_rows()?;
        let found = Pairs::count(&network, &[1, 2, 4, 9]);
        let found: Vec<_> = found
            .iter()
            .map(|p| (p.ranks, p.all, p.unconnected))
            .collect();
        // From the ranks of b to all others.
        assert_eq!(found, [(2, 2, 1), (4, 12, 6)]);
        Ok(())
    }
}
