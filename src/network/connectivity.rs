//! Which synapses a projection of a network for batches has, and what they weigh.

use super::rule::{Address, Ends, Share};
use super::{Connection, Delays, Draws, Projection, Purpose, Rule, Source, Weights};

impl Connection {
    /// Calls `found(source, target, address)` for each synapse that the rule makes.
    pub(super) fn for_each(&self, seed: u64, found: impl FnMut(u32, u32, Address)) {
        let targets = self.target_size as u32;
        let ends = Ends {
            sources: self.source_size as u32,
            targets,
            wanted: 0..targets,
            share: Share::ALL,
            without_self: !self.projection.autapses
                && self.source == Source::Population(self.target),
        };
        let draws = Draws::new(seed, Purpose::Connect, self.number);
        self.projection.rule.for_each(&draws, &ends, found);
    }

    /// Of the matrix in which the parameters can be seen.
    pub(super) fn shape(&self) -> (usize, usize) {
        match &self.synapses {
            None => (self.source_size, self.target_size),
            Some(synapses) => (1, synapses.len()),
        }
    }

    /// Puts the weights of all synapses, or their delays, in their places among the parameters. A seed draws what a network in
    /// rows with that seed draws.
    pub(super) fn fill(&self, network_seed: u64, seed: u64, purpose: Purpose, values: &mut [f64]) {
        let draws = Draws::new(seed, purpose, self.number);
        let mut next = 0;
        self.for_each(network_seed, |source, target, address| {
            let place = match self.synapses {
                Some(_) => next,
                None => source as usize * self.target_size + target as usize,
            };
            next += 1;
            let projection = &self.projection;
            values[place] = projection.value(&draws, purpose, source, target, address);
        });
    }
}

impl Projection {
    /// The weight or the delay of a synapse.
    pub(super) fn value(
        &self,
        draws: &Draws,
        purpose: Purpose,
        source: u32,
        target: u32,
        address: Address,
    ) -> f64 {
        let place = [source as usize, target as usize];
        let is_weight = purpose == Purpose::Weight;
        match (&self.rule, &self.weights, &self.delays) {
            (Rule::List(list), ..) if is_weight => list[address.index as usize].weight,
            (Rule::List(list), ..) => list[address.index as usize].delay,
            (_, Weights::Given(weights), _) if is_weight => weights[place],
            (_, Weights::Drawn(values), _) if is_weight => {
                values.draw(draws, address.unit, address.index)
            }
            (.., Delays::Shared(delay)) => *delay,
            (.., Delays::Given(delays)) => delays[place],
            (.., Delays::Drawn(values)) => values.draw(draws, address.unit, address.index),
        }
    }
}
