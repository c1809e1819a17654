//! What a builder has been told, and the synapses that it stands for.

use std::ops::Range;

use super::made::{self, Made};
use super::network::{Generators, Group, PopulationInRows};
use crate::network::rule::{Rule, Share};
use crate::network::{
    Delays, Draws, PoissonDrive, PopulationId, Projection, Purpose, Source, Weights,
};

/// A projection, with its weights drawn where they are drawn one after another.
#[derive(Debug, Clone)]
pub(crate) struct DescribedProjection {
    pub source: Source,
    pub target: PopulationId,
    pub projection: Projection,
}

/// A checked description of a network in rows.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub seed: u64,
    pub populations: Vec<PopulationInRows>,
    pub generators: Vec<Generators>,
    pub drives: Vec<PoissonDrive>,
    pub projections: Vec<DescribedProjection>,
}

impl DescribedProjection {
    /// The weight, and the delay, that all synapses have, where they do.
    fn common(&self) -> [Option<f64>; 2] {
        let projection = &self.projection;
        if matches!(projection.rule, Rule::List(_)) {
            return [None; 2];
        }
        let weight = match &projection.weights {
            Weights::Drawn(values) => values.constant(),
            Weights::Given(_) => None,
        };
        let delay = match &projection.delays {
            Delays::Shared(delay) => Some(*delay),
            Delays::Given(_) => None,
            Delays::Drawn(values) => values.constant(),
        };
        [weight, delay]
    }
}

impl Described {
    pub fn group(&self, described: &DescribedProjection) -> Group {
        let neuron = &self.populations[described.target.0].neuron;
        let receptor = described.projection.receptor;
        let [membrane, synapse] = [&neuron.tau_membrane, &neuron.tau_synapse[receptor]];
        let taus = membrane.shared().zip(synapse.shared());
        Group {
            source: described.source,
            receptor,
            taus: taus.map(<[f64; 2]>::from),
        }
    }

    pub fn source_size(&self, source: Source) -> usize {
        match source {
            Source::Population(id) => self.populations[id.0].neurons.len(),
            Source::Input(id) => self.generators[id.0].trains.len(),
        }
    }

    /// The weight and the delay that all synapses of a group have, where they do.
    pub fn common(&self, group: Group) -> (Option<f32>, Option<f32>) {
        let of = |which: usize| {
            let members = self.projections.iter().filter(|p| self.group(p) == group);
            let mut common = members.map(|p| p.common()[which].map(|value| value as f32));
            let first = common.next().flatten()?;
            common.all(|other| other == Some(first)).then_some(first)
        };
        (of(0), of(1))
    }

    /// Calls `found(source, target, made)` for each synapse of a share of a group onto `neurons`; targets are
    /// counted through the network.
    pub(super) fn for_each_synapse(
        &self,
        group: Group,
        neurons: &Range<u32>,
        share: Share,
        mut found: impl FnMut(u32, u32, &Made),
    ) {
        for (number, projection) in self.projections.iter().enumerate() {
            if self.group(projection) != group {
                continue;
            }
            let targets = &self.populations[projection.target.0].neurons;
            let is_own = projection.source == Source::Population(projection.target);
            let ends = made::ends(
                self.source_size(projection.source) as u32,
                targets,
                neurons,
                share,
                is_own && !projection.projection.autapses,
            );
            let draws = Draws::new(self.seed, Purpose::Connect, number);
            projection
                .projection
                .rule
                .for_each(&draws, &ends, |source, target, address| {
                    let made = Made {
                        described: self,
                        projection: number,
                        ends: [source, target],
                        address,
                    };
                    found(source, targets.start + target, &made);
                });
        }
    }
}
