//! At which populations a batch takes arrivals one by one, each at its own neuron, and not with matrices, each at all
//! neurons. The numbers were measured on the CPU, and serve GPUs as well: a network is computed with in one form.

use super::{Network, PopulationId};

/// So many neurons of a matrix take the time of one arrival that is taken by itself: as measured, 16 where neurons are followed
/// one after another, 32 to 40 in recurrent populations.
const PAIRS_PER_ARRIVAL: usize = 40;

/// Where each synapse has its own delay, or neurons have several receptors, matrices are gone through entry by entry.
const PAIRS_PER_ENTRY: usize = 1;

/// Of weights of so many pairs, 256 MiB, every partial gradient needs as much memory again.
const LARGE: usize = 1 << 25;

/// With more pairs than [`LARGE`] a matrix is made only where at least half of the pairs have a synapse.
const PAIRS_PER_LARGE: usize = 2;

/// For each population whether its arrivals are taken one by one. It is where it has few synapses for all pairs of its sources and its
/// neurons. Readouts take all arrivals in order of time, with matrices.
pub(super) fn one_by_one(network: &Network) -> Vec<bool> {
    let ids = (0..network.populations.len()).map(PopulationId);
    ids.map(|id| is_one_by_one(network, id)).collect()
}

fn is_one_by_one(network: &Network, id: PopulationId) -> bool {
    let population = network.population(id);
    if !population.is_spiking() {
        return false;
    }
    let (mut pairs, mut synapses) = (0_usize, 0_usize);
    let (mut is_sparse, mut has_own_delays) = (false, false);
    for projection in network.incoming(id) {
        let connection = &network.connections[projection.0];
        let of_matrix = connection.source_size.saturating_mul(population.size);
        pairs = pairs.saturating_add(of_matrix);
        synapses = synapses.saturating_add(connection.n_synapses());
        is_sparse |= connection.synapses().is_some();
        has_own_delays |= !connection.has_shared_delay();
    }
    let drives = network.drives.iter();
    for _ in drives.filter(|drive| drive.described.population == id.0) {
        pairs = pairs.saturating_add(population.size.saturating_mul(population.size));
        synapses = synapses.saturating_add(population.size);
        is_sparse = true;
    }
    let worth = if has_own_delays || population.neuron.tau_synapse.len() > 1 {
        PAIRS_PER_ENTRY
    } else if pairs > LARGE {
        PAIRS_PER_LARGE
    } else {
        PAIRS_PER_ARRIVAL
    };
    is_sparse && synapses.saturating_mul(worth) < pairs
}
