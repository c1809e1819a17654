//! Listing the arrivals of a window: in one list for all neurons of a population, or in one for each.

use super::{Schedule, Window, groups, in_rows, most_groups};
use crate::gpu::kernels::clear_lists::ClearListsParameters;
use crate::gpu::kernels::gather::GatherParameters;
use crate::gpu::kernels::gather_synapses::GatherSynapsesParameters;
use crate::gpu::kernels::sort_lists::SortListsParameters;
use crate::gpu::layout::{Projection, Sizes, WORKGROUP};
use crate::gpu::tables::{PopulationTable, Tables};

/// Lists a population's arrivals in a window, of so many samples.
pub(super) fn gather(
    schedule: &mut Schedule,
    tables: &Tables,
    population: &PopulationTable,
    window: &Window,
    n_samples: u32,
) {
    if population.has_own_lists {
        gather_synapses(schedule, tables, population, window, n_samples);
    } else {
        let parameters = GatherParameters {
            window: window.ix,
            window_end: window.end,
            first_projection: population.first_projection,
            n_projections: population.n_projections,
            first_list: population.first_list,
        };
        let groups = groups(schedule.sizes.arrivals_capacity, n_samples);
        schedule.push(parameters, [groups, n_samples, 1]);
    }
}

/// Appends what arrives to the lists of its targets, and puts each list in order.
fn gather_synapses(
    schedule: &mut Schedule,
    tables: &Tables,
    population: &PopulationTable,
    window: &Window,
    n_samples: u32,
) {
    let PopulationTable {
        first_list,
        n_lists,
        ..
    } = *population;
    let clear = ClearListsParameters {
        first_list,
        n_lists,
    };
    schedule.push(clear, [n_lists.div_ceil(WORKGROUP), n_samples, 1]);
    let parameters = GatherSynapsesParameters {
        window: window.ix,
        window_end: window.end,
        first_projection: population.first_projection,
        n_projections: population.n_projections,
        first_list,
    };
    let first = population.first_projection as usize;
    let projections = &tables.projections[first..first + population.n_projections as usize];
    let groups = projections
        .iter()
        .map(|projection| over_spikes(projection, &schedule.sizes, n_samples));
    let groups = groups.max().unwrap_or(1);
    schedule.push(parameters, [groups, n_samples, 1]);
    let sort = SortListsParameters {
        first_list,
        n_lists,
    };
    let [x, y, _] = in_rows(n_lists);
    schedule.push(sort, [x, y, n_samples]);
}

/// The workgroups of each of so many slots over the spikes that may arrive in a window over a projection, of which a workgroup takes one
/// after another: twice as many as there are if the source has its room in all windows alike.
pub(super) fn over_spikes(projection: &Projection, sizes: &Sizes, n_slots: u32) -> u32 {
    let room = projection.source_capacity;
    let windows = projection.longest_windows.saturating_add(2);
    let each = room.div_ceil(sizes.n_windows.max(1)).saturating_mul(2);
    each.saturating_mul(windows)
        .min(room)
        .clamp(1, most_groups(n_slots))
}
