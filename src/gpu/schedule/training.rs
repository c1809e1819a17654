//! What training adds to a run: the loss before the sweep, the update after it.

use super::{Schedule, over_values};
use crate::gpu::kernels::adam::AdamParameters;
use crate::gpu::kernels::first_spike::FirstSpikeParameters;
use crate::gpu::kernels::note_fired::NoteFiredParameters;
use crate::gpu::kernels::raise_silent::RaiseSilentParameters;
use crate::gpu::kernels::reduce::ReduceParameters;
use crate::gpu::kernels::sgd::SgdParameters;
use crate::gpu::layout::WORKGROUP;
use crate::gpu::tables::Tables;
use crate::problem::Problem;
use crate::session::{DeviceLoss, DeviceOptimiser, DeviceSilent};

/// The update after a batch.
#[derive(Clone, Copy)]
pub(in crate::gpu) struct Update {
    pub rate: f64,
    /// Its number, from 1 on.
    pub n: i32,
}

/// The loss over a chunk that begins with the sample `first_sample`.
pub(in crate::gpu) fn first_spike(
    schedule: &mut Schedule,
    tables: &Tables,
    loss: &DeviceLoss,
    problem: &Problem<'_>,
    first_sample: usize,
) {
    let DeviceLoss::FirstSpike {
        population,
        scale,
        early,
        silent,
    } = *loss;
    let table = &tables.populations[population.index()];
    let (early_strength, early_time_scale) = early.unwrap_or((0.0, 1.0));
    let parameters = FirstSpikeParameters {
        first_unit: table.first_unit,
        population_size: table.size,
        first_sample: first_sample as u32,
        n_samples: problem.inputs.n_samples() as u32,
        time_scale: scale as f32,
        early_strength: early_strength as f32,
        early_time_scale: early_time_scale as f32,
        leaves_silent_out: u32::from(silent == DeviceSilent::LeftOut),
        duration: problem.options.duration as f32,
    };
    let groups = schedule.sizes.n_slots.div_ceil(WORKGROUP);
    schedule.push(parameters, [groups, 1, 1]);
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

/// The update of `n_values` parameters.
pub(in crate::gpu) fn optimise(
    schedule: &mut Schedule,
    n_values: u32,
    optimiser: DeviceOptimiser,
    update: Update,
) {
    let learning_rate = update.rate as f32;
    let workgroups = over_values(n_values);
    match optimiser {
        DeviceOptimiser::Sgd { momentum } => {
            let parameters = SgdParameters {
                n_values,
                learning_rate,
                momentum: momentum as f32,
            };
            schedule.push(parameters, workgroups);
        }
        DeviceOptimiser::Adam {
            beta1,
            beta2,
            epsilon,
        } => {
            let parameters = AdamParameters {
                n_values,
                learning_rate,
                beta1: beta1 as f32,
                beta2: beta2 as f32,
                epsilon: epsilon as f32,
                mean_correction: (1.0 - beta1.powi(update.n)) as f32,
                square_correction: (1.0 - beta2.powi(update.n)) as f32,
            };
            schedule.push(parameters, workgroups);
        }
    }
}

/// Raises the weights of silent neurons, the first `n_weights` columns of a network of `n_values` parameters.
pub(in crate::gpu) fn raise_silent(
    schedule: &mut Schedule,
    n_values: u32,
    n_weights: u32,
    amount: f64,
) {
    let parameters = RaiseSilentParameters {
        n_values,
        n_weights,
        amount: amount as f32,
    };
    schedule.push(parameters, over_values(n_weights));
}
