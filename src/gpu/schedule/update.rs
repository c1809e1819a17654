//! The update after a batch: the norm of its gradient, the optimiser's step, and what follows from new parameters.

use super::{Schedule, in_rows, over_values};
use crate::gpu::kernels::adam::AdamParameters;
use crate::gpu::kernels::gradient_norm::GradientNormParameters;
use crate::gpu::kernels::gradient_parts::GradientPartsParameters;
use crate::gpu::kernels::keep_below::KeepBelowParameters;
use crate::gpu::kernels::raise_silent::RaiseSilentParameters;
use crate::gpu::kernels::renew_neurons::RenewNeuronsParameters;
use crate::gpu::kernels::sgd::SgdParameters;
use crate::gpu::kernels::shortest::ShortestParameters;
use crate::gpu::layout::{NEVER, NORM_PART, WORKGROUP};
use crate::gpu::session::Tensor;
use crate::gpu::tables::Tables;
use crate::session::{DeviceOptimiser, Step};

/// How to take a step.
#[derive(Clone, Copy)]
pub(in crate::gpu) struct Update {
    pub step: Step,
    /// Its number, from 1 on.
    pub n: i32,
}

impl Update {
    /// Whether incoming weights of silent neurons are raised.
    pub fn raises_silent(self) -> bool {
        self.step.raise_silent > 0.0
    }
}

/// How many parts the norm of the gradient by these tensors has.
pub(in crate::gpu) fn n_parts(tensors: &[Tensor]) -> u32 {
    tensors
        .iter()
        .map(|tensor| tensor.n.div_ceil(NORM_PART))
        .sum()
}

/// Puts the gradient into the form in which values are stepped, and finds its norm and by what it is scaled down.
pub(in crate::gpu) fn gradient_norm(
    schedule: &mut Schedule,
    tensors: &[Tensor],
    most: Option<f64>,
) {
    let mut first_part = 1;
    for tensor in tensors {
        let parameters = GradientPartsParameters {
            first: tensor.first,
            n: tensor.n,
            form: tensor.form,
            first_part,
        };
        let parts = tensor.n.div_ceil(NORM_PART);
        schedule.push(parameters, in_rows(parts));
        first_part += parts;
    }
    let parameters = GradientNormParameters {
        n_parts: first_part - 1,
        most: most.map_or(NEVER, |most| most as f32),
    };
    schedule.push(parameters, [1, 1, 1]);
}

/// The step of a tensor of a network of `n_values` parameters.
pub(in crate::gpu) fn optimise(
    schedule: &mut Schedule,
    n_values: u32,
    tensor: &Tensor,
    optimiser: DeviceOptimiser,
    update: Update,
) {
    let learning_rate = update.step.rate as f32;
    let workgroups = over_values(tensor.n);
    let &Tensor {
        first,
        n,
        multiple,
        form,
        first_limit,
        ..
    } = tensor;
    match optimiser {
        DeviceOptimiser::Sgd { momentum } => {
            let parameters = SgdParameters {
                first,
                n,
                n_values,
                multiple,
                form,
                first_limit,
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
                first,
                n,
                n_values,
                multiple,
                form,
                first_limit,
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

/// Puts initial potentials back below thresholds; runs after all tensors are stepped, so thresholds no longer move.
pub(in crate::gpu) fn keep_below(schedule: &mut Schedule, tensors: &[Tensor]) {
    for tensor in tensors {
        if let Some((first_threshold, n_thresholds)) = tensor.below {
            let parameters = KeepBelowParameters {
                first: tensor.first,
                n: tensor.n,
                first_threshold,
                n_thresholds,
                first_limit: tensor.first_limit,
            };
            schedule.push(parameters, [tensor.n.div_ceil(WORKGROUP), 1, 1]);
        }
    }
}

/// Raises the weights of silent neurons, the first `n_weights` columns of a network of `n_values` parameters.
pub(in crate::gpu) fn raise_silent(
    schedule: &mut Schedule,
    [n_values, n_weights]: [u32; 2],
    amount: f64,
    has_directions: bool,
) {
    let parameters = RaiseSilentParameters {
        n_values,
        n_weights,
        amount: amount as f32,
        has_directions: u32::from(has_directions),
    };
    schedule.push(parameters, over_values(n_weights));
}

/// Which parts of the tables depend on trained parameters, and are made anew after each update.
#[derive(Debug, Clone, Default)]
pub(in crate::gpu) struct Renewal {
    /// Populations whose neurons' constants move: the first neuron of each, and how many it has.
    pub populations: Vec<(u32, u32)>,
    /// Tensors whose shortest and longest the plan depends on.
    pub watched: Vec<Watched>,
}

/// A tensor of delays or time constants.
#[derive(Debug, Clone, Copy)]
pub(in crate::gpu) struct Watched {
    pub first: u32,
    pub n: u32,
    /// Whose delays they are, as tables number projections; NONE of time constants.
    pub projection: u32,
    /// The longest delay that makes a difference.
    pub farthest: f32,
}

impl Watched {
    /// Where it lies among all parameters.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.n) as usize
    }
}

/// Makes anew what depends on parameters that have moved.
pub(in crate::gpu) fn renew(schedule: &mut Schedule, tables: &Tables, renewal: &Renewal) {
    for &(first_unit, population_size) in &renewal.populations {
        let parameters = RenewNeuronsParameters {
            first_unit,
            population_size,
        };
        schedule.push(parameters, [population_size.div_ceil(WORKGROUP), 1, 1]);
    }
    for (place, watched) in (0..).zip(&renewal.watched) {
        let parameters = ShortestParameters {
            first: watched.first,
            n: watched.n,
            place,
            projection: watched.projection,
            farthest: watched.farthest,
            window_length: tables.plan.window() as f32,
        };
        schedule.push(parameters, [1, 1, 1]);
    }
}
