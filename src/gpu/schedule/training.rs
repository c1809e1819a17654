//! What training adds to a run: the loss before the sweep, the update after it.

use super::{Dispatch, dispatch, of_population, over_values};
use crate::gpu::kernels;
use crate::gpu::layout::{Step, WORKGROUP};
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

/// The dispatch of the loss over a chunk that begins with the sample `first_sample`.
pub(in crate::gpu) fn first_spike(
    common: Step,
    tables: &Tables,
    loss: &DeviceLoss,
    problem: &Problem<'_>,
    first_sample: usize,
) -> Dispatch {
    let DeviceLoss::FirstSpike {
        population,
        scale,
        early,
        silent,
    } = *loss;
    let table = &tables.populations[population.index()];
    let (strength, early_scale) = early.unwrap_or((0.0, 1.0));
    let step = Step {
        scale: scale as f32,
        early_strength: strength as f32,
        early_scale: early_scale as f32,
        silent: match silent {
            DeviceSilent::AtEnd => 0,
            DeviceSilent::LeftOut => 1,
        },
        duration: problem.options.duration as f32,
        n_samples: problem.inputs.n_samples() as u32,
        first_place: first_sample as u32,
        ..of_population(&common, tables, table)
    };
    let workgroups = [step.n_slots.div_ceil(WORKGROUP), 1, 1];
    dispatch(&kernels::first_spike::SOURCE, step, workgroups)
}

/// The dispatch of an update.
pub(in crate::gpu) fn optimise(
    mut step: Step,
    optimiser: DeviceOptimiser,
    update: Update,
) -> Dispatch {
    step.rate = update.rate as f32;
    let workgroups = over_values(step.n_values);
    match optimiser {
        DeviceOptimiser::Sgd { momentum } => {
            step.beta1 = momentum as f32;
            dispatch(&kernels::sgd::SOURCE, step, workgroups)
        }
        DeviceOptimiser::Adam {
            beta1,
            beta2,
            epsilon,
        } => {
            (step.beta1, step.beta2) = (beta1 as f32, beta2 as f32);
            step.epsilon = epsilon as f32;
            step.correction1 = (1.0 - beta1.powi(update.n)) as f32;
            step.correction2 = (1.0 - beta2.powi(update.n)) as f32;
            dispatch(&kernels::adam::SOURCE, step, workgroups)
        }
    }
}

/// The dispatch that notes which neurons have fired, after what chunks before have noted.
pub(in crate::gpu) fn note_fired(common: Step, n_values: u32, is_first_chunk: bool) -> Dispatch {
    let step = Step {
        n_values,
        is_start: u32::from(is_first_chunk),
        ..common
    };
    let workgroups = [step.n_units.div_ceil(WORKGROUP), 1, 1];
    dispatch(&kernels::note_fired::SOURCE, step, workgroups)
}
