//! What training adds to a run: the loss before the sweep, and sums over samples after it.

use super::{Schedule, over_values};
use crate::gpu::kernels::first_spike::FirstSpikeParameters;
use crate::gpu::kernels::note_fired::NoteFiredParameters;
use crate::gpu::kernels::readout_cross_entropy::ReadoutCrossEntropyParameters;
use crate::gpu::kernels::reduce::ReduceParameters;
use crate::gpu::kernels::seen_spikes::SeenSpikesParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::tables::Tables;
use crate::problem::Problem;
use crate::session::{DeviceLoss, DeviceSilent};

/// The loss over a chunk that begins with the sample `first_sample`.
pub(in crate::gpu) fn loss(
    schedule: &mut Schedule,
    tables: &Tables,
    loss: &DeviceLoss,
    problem: &Problem<'_>,
    first_sample: usize,
) {
    let table = &tables.populations[loss.population().index()];
    let (first_sample, n_samples) = (first_sample as u32, problem.inputs.n_samples() as u32);
    let groups = [schedule.sizes.n_slots.div_ceil(WORKGROUP), 1, 1];
    let (shown, scale) = match *loss {
        DeviceLoss::FirstSpike {
            scale,
            early,
            silent,
            ..
        } => {
            let (early_strength, early_time_scale) = early.unwrap_or((0.0, 1.0));
            let parameters = FirstSpikeParameters {
                first_unit: table.first_unit,
                population_size: table.size,
                first_sample,
                n_samples,
                time_scale: scale as f32,
                early_strength: early_strength as f32,
                early_time_scale: early_time_scale as f32,
                leaves_silent_out: u32::from(silent == DeviceSilent::LeftOut),
                duration: problem.options.duration as f32,
            };
            schedule.push(parameters, groups);
            return;
        }
        DeviceLoss::Integral { scale, .. } => (0, scale),
        DeviceLoss::Maximum { scale, .. } => (1 + problem.options.voltage_times.len(), scale),
        // The end of the run is the last of the requested times.
        DeviceLoss::FinalVoltage { scale, .. } => (problem.options.voltage_times.len(), scale),
    };
    let parameters = ReadoutCrossEntropyParameters {
        readout: table.readout,
        population_size: table.size,
        shown: shown as u32,
        scale: scale as f32,
        first_sample,
        n_samples,
    };
    schedule.push(parameters, groups);
}

/// Packs the spikes of sources, each with the place where it begins among the `stride` words of a slot.
pub(in crate::gpu) fn seen_spikes(
    schedule: &mut Schedule,
    tables: &Tables,
    sources: &[(usize, u32)],
    stride: u32,
) {
    for &(source, first) in sources {
        let table = &tables.sources[source];
        let parameters = SeenSpikesParameters {
            source: source as u32,
            source_base: table.base,
            source_capacity: table.capacity,
            first,
            stride,
        };
        let groups = table.capacity.div_ceil(WORKGROUP);
        schedule.push(parameters, [groups, schedule.sizes.n_slots, 1]);
    }
}

/// Adds the gradients of all slots up, to what chunks before have brought.
pub(in crate::gpu) fn reduce(schedule: &mut Schedule, is_first_chunk: bool) {
    let parameters = ReduceParameters {
        is_first_chunk: u32::from(is_first_chunk),
    };
    schedule.push(parameters, over_values(schedule.sizes.n_values));
}

/// Notes which neurons have fired, after what chunks before have noted.
pub(in crate::gpu) fn note_fired(schedule: &mut Schedule, is_first_chunk: bool) {
    let parameters = NoteFiredParameters {
        is_first_chunk: u32::from(is_first_chunk),
    };
    let groups = schedule.sizes.n_units.div_ceil(WORKGROUP);
    schedule.push(parameters, [groups, 1, 1]);
}
