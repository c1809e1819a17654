//! Single synapses bundled into dense projections.

use std::collections::HashMap;

use ndarray::Array2;

use super::network::NeuronPlace;
use super::read::Case;
use super::wire::SourceEntry;
use crate::network::{InputId, NetworkBuilder, PopulationId, Projection, ProjectionId, Source};
use crate::{Error, Result};

/// More entries than this over all dense projections and a case is a benchmark, not a case.
const MOST_ENTRIES: usize = 4_000_000;

/// Where a synapse lies.
pub(super) struct SynapsePlace {
    pub projection: ProjectionId,
    /// Its place in the projection's matrix, row-major.
    pub entry: usize,
    pub has_own_delay: bool,
}

/// Synapses that share a projection: at most one for each pair of units.
struct Bundle {
    source: Source,
    target: PopulationId,
    shape: (usize, usize),
    /// Synapses of the case with their row and column.
    synapses: Vec<(usize, (usize, usize))>,
}

struct Bundled {
    bundles: Vec<Bundle>,
    /// For each synapse its bundle and its entry there, row-major.
    members: Vec<(usize, usize)>,
}

/// Connects what the case's synapses connect; returns each synapse's place.
pub(super) fn connect(
    case: &Case,
    builder: &mut NetworkBuilder,
    input: Option<InputId>,
    neurons: &[NeuronPlace],
) -> Result<Vec<SynapsePlace>> {
    let Bundled { bundles, members } = bundle(case, input, neurons)?;
    // One shared delay of zero lets engines take their fastest path.
    let has_own_delay = case.synapses.iter().any(|synapse| synapse.delay != 0.0);
    let projections: Vec<ProjectionId> = bundles
        .iter()
        .map(|bundle| {
            let projection = projection(case, bundle, has_own_delay);
            builder.connect(bundle.source, bundle.target, projection)
        })
        .collect();
    let place = |(bundle, entry): (usize, usize)| SynapsePlace {
        projection: projections[bundle],
        entry,
        has_own_delay,
    };
    Ok(members.into_iter().map(place).collect())
}

fn bundle(case: &Case, input: Option<InputId>, neurons: &[NeuronPlace]) -> Result<Bundled> {
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut members = Vec::with_capacity(case.synapses.len());
    let mut numbers: HashMap<(Source, PopulationId, usize), usize> = HashMap::new();
    // How many synapses between a pair of units were seen: each goes into a bundle of its own.
    let mut twins: HashMap<(SourceEntry, usize), usize> = HashMap::new();
    let mut n_entries = 0_usize;
    for (ix, synapse) in case.synapses.iter().enumerate() {
        let twin = twins.entry((synapse.source, synapse.target)).or_insert(0);
        let (source, row, n_rows) = match synapse.source {
            SourceEntry::Input(channel) => {
                let input = input.expect("a checked synapse comes from an input that exists");
                (Source::from(input), channel, case.n_inputs())
            }
            SourceEntry::Neuron(neuron) => {
                let place = neurons[neuron];
                (Source::from(place.population), place.member, place.size)
            }
        };
        let target = neurons[synapse.target];
        let number = *numbers
            .entry((source, target.population, *twin))
            .or_insert(bundles.len());
        if number == bundles.len() {
            n_entries = n_entries.saturating_add(n_rows.saturating_mul(target.size));
            bundles.push(Bundle {
                source,
                target: target.population,
                shape: (n_rows, target.size),
                synapses: Vec::new(),
            });
        }
        if n_entries > MOST_ENTRIES {
            return Err(Error::invalid(
                "synapses",
                format!("spread over more than {MOST_ENTRIES} pairs of units"),
                "cases are small: use fewer inputs and neurons, or fewer synapses from one unit \
                 to one other",
            ));
        }
        bundles[number].synapses.push((ix, (row, target.member)));
        members.push((number, row * target.size + target.member));
        *twin += 1;
    }
    Ok(Bundled { bundles, members })
}

fn projection(case: &Case, bundle: &Bundle, has_own_delay: bool) -> Projection {
    let mut weights = Array2::zeros(bundle.shape);
    for &(ix, place) in &bundle.synapses {
        weights[place] = case.synapses[ix].weight;
    }
    if !has_own_delay {
        return Projection::dense(weights);
    }
    let given = bundle
        .synapses
        .iter()
        .map(|&(ix, _)| case.synapses[ix].delay);
    let shortest = given.fold(f64::MAX, f64::min);
    let mut delays = Array2::from_elem(bundle.shape, shortest);
    for &(ix, place) in &bundle.synapses {
        delays[place] = case.synapses[ix].delay;
    }
    Projection::dense(weights).delays(delays)
}
