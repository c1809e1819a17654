//! What a builder has been told, and the synapses that it stands for.

use std::ops::Range;

use super::network::{Generators, Group, PoissonDrive};
use super::random::{Draws, Purpose};
use super::rows::{self, Made};
use super::{Rule, SparsePopulation, SparsePopulationId, SparseSource, Values};

#[derive(Debug, Clone)]
pub(crate) struct DescribedProjection {
    pub source: SparseSource,
    pub target: SparsePopulationId,
    pub receptor: usize,
    pub autapses: bool,
    pub rule: Rule,
    pub weight: Values,
    pub delay: Values,
}

/// What a builder has been told.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub seed: u64,
    pub populations: Vec<SparsePopulation>,
    pub generators: Vec<Generators>,
    pub drives: Vec<PoissonDrive>,
    /// Where neurons start: of their potential, or of the current of a receptor.
    pub initials: Vec<(SparsePopulationId, Option<usize>, Values)>,
    pub projections: Vec<DescribedProjection>,
}

impl Described {
    pub fn group(&self, projection: &DescribedProjection) -> Group {
        let neuron = &self.populations[projection.target.0].neuron;
        Group {
            source: projection.source,
            receptor: projection.receptor,
            tau_membrane: neuron.tau_membrane,
            tau_synapse: neuron.tau_synapse[projection.receptor],
        }
    }

    pub fn source_size(&self, source: SparseSource) -> usize {
        match source {
            SparseSource::Population(id) => self.populations[id.0].neurons.len(),
            SparseSource::Generator(id) => self.generators[id.0].trains.len(),
        }
    }

    /// The weight and the delay that all synapses of a group have, where they do.
    pub fn common(&self, group: Group) -> (Option<f32>, Option<f32>) {
        let of = |values: fn(&DescribedProjection) -> &Values| {
            let mut common = self
                .projections
                .iter()
                .filter(|p| self.group(p) == group)
                .map(|p| {
                    let is_list = matches!(p.rule, Rule::List(_));
                    values(p)
                        .constant()
                        .filter(|_| !is_list)
                        .map(|value| value as f32)
                });
            let first = common.next().flatten()?;
            common.all(|other| other == Some(first)).then_some(first)
        };
        (of(|p| &p.weight), of(|p| &p.delay))
    }

    /// Calls `found(source, target, made)` for each synapse of a group onto `neurons`; targets are
    /// counted through the network.
    pub(super) fn for_each_synapse(
        &self,
        group: Group,
        neurons: &Range<u32>,
        mut found: impl FnMut(u32, u32, &Made),
    ) {
        for (number, projection) in self.projections.iter().enumerate() {
            if self.group(projection) != group {
                continue;
            }
            let targets = &self.populations[projection.target.0].neurons;
            let is_own = projection.source == SparseSource::Population(projection.target);
            let ends = rows::ends(
                self.source_size(projection.source) as u32,
                targets,
                neurons,
                is_own && !projection.autapses,
            );
            let draws = Draws::new(self.seed, Purpose::Connect, number);
            projection
                .rule
                .for_each(&draws, &ends, |source, target, address| {
                    let made = Made {
                        described: self,
                        projection: number,
                        address,
                    };
                    found(source, targets.start + target, &made);
                });
        }
    }
}
