//! What the synapses of a description are like.

use std::ops::Range;

use super::described::Described;
use crate::network::rule::{Address, Ends, Share};
use crate::network::{Draws, Purpose};

/// What a synapse draws its weight and its delay from.
pub(super) struct Made<'a> {
    pub described: &'a Described,
    pub projection: usize,
    /// Source and target, counted within their groups.
    pub ends: [u32; 2],
    pub address: Address,
}

impl Made<'_> {
    pub fn weight(&self) -> f32 {
        self.value(Purpose::Weight)
    }

    pub fn delay(&self) -> f32 {
        self.value(Purpose::Delay)
    }

    fn value(&self, purpose: Purpose) -> f32 {
        let projection = &self.described.projections[self.projection].projection;
        let draws = Draws::new(self.described.seed, purpose, self.projection);
        let [source, target] = self.ends;
        projection.value(&draws, purpose, source, target, self.address) as f32
    }
}

/// The wanted targets of a projection, counted within its population, of `neurons`, and a share of their synapses.
pub(super) fn ends(
    sources: u32,
    targets: &Range<u32>,
    neurons: &Range<u32>,
    share: Share,
    without_self: bool,
) -> Ends {
    let clamp = |neuron: u32| neuron.clamp(targets.start, targets.end) - targets.start;
    Ends {
        sources,
        targets: targets.len() as u32,
        wanted: clamp(neurons.start)..clamp(neurons.end),
        share,
        without_self,
    }
}
