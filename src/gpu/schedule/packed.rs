//! The dispatches that bring packed spikes to their places and back.

use super::Schedule;
use crate::gpu::kernels::pack_spikes::PackSpikesParameters;
use crate::gpu::kernels::spread_derivatives::SpreadDerivativesParameters;
use crate::gpu::kernels::spread_inputs::SpreadInputsParameters;
use crate::gpu::kernels::spread_spikes::SpreadSpikesParameters;
use crate::gpu::kernels::start_states::StartStatesParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::tables::Tables;

/// Brings the inputs of so many samples to their places; `most` says how many spikes each source has in a sample, at most.
pub(in crate::gpu) fn spread_inputs(
    schedule: &mut Schedule,
    tables: &Tables,
    most: &[u32],
    n_samples: u32,
) {
    for (source, table) in tables.sources.iter().enumerate() {
        if table.is_input && most[source] > 0 {
            let parameters = SpreadInputsParameters {
                source: source as u32,
                source_base: table.base,
            };
            let groups = most[source].div_ceil(WORKGROUP);
            schedule.push(parameters, [groups, n_samples, 1]);
        }
    }
}

/// The same, and of what neurons did.
pub(in crate::gpu) fn spread_recorded(
    schedule: &mut Schedule,
    tables: &Tables,
    most: &[u32],
    n_samples: u32,
) {
    spread_inputs(schedule, tables, most, n_samples);
    let groups = schedule.sizes.n_units.div_ceil(WORKGROUP);
    schedule.push(StartStatesParameters {}, [groups, n_samples, 1]);
    for table in &tables.populations {
        if most[table.source] > 0 {
            let parameters = SpreadSpikesParameters {
                first_unit: table.first_unit,
                source: table.source as u32,
                source_base: tables.sources[table.source].base,
            };
            let groups = most[table.source].div_ceil(WORKGROUP);
            schedule.push(parameters, [groups, n_samples, 1]);
        }
    }
}

/// Brings derivatives by the times of what populations fired to their places; `most` says how many spikes each has in a slot, at most.
pub(in crate::gpu) fn spread_derivatives(schedule: &mut Schedule, tables: &Tables, most: &[u32]) {
    for (source, table) in tables.sources.iter().enumerate() {
        if most[source] > 0 {
            let parameters = SpreadDerivativesParameters {
                source: source as u32,
                source_base: table.base,
            };
            let groups = most[source].div_ceil(WORKGROUP);
            schedule.push(parameters, [groups, schedule.sizes.n_slots, 1]);
        }
    }
}

/// Packs what populations fired in all slots, where `most` says that they fired anything.
pub(in crate::gpu) fn pack_spikes(schedule: &mut Schedule, tables: &Tables, most: &[u32]) {
    for (source, table) in tables.sources.iter().enumerate() {
        if !table.is_input && most[source] > 0 {
            let parameters = PackSpikesParameters {
                source: source as u32,
                source_base: table.base,
                source_capacity: table.capacity,
            };
            let groups = most[source].div_ceil(WORKGROUP);
            schedule.push(parameters, [groups, schedule.sizes.n_slots, 1]);
        }
    }
}
