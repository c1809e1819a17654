//! The tensors that are trained, as kernels have them.

use std::ops::Range;

use crate::Result;
use crate::gpu::layout::{AS_IT_IS, FLOORED, LOGARITHM};
use crate::network::Layout;
use crate::session::{TrainedTensor, Transform, no_tensor};

/// A tensor that is trained.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gpu) struct Tensor {
    pub first: u32,
    pub n: u32,
    /// By what its steps are multiplied.
    pub multiple: f32,
    /// In which form they are taken.
    pub form: u32,
    /// Where its floors, or margins, begin among the limits.
    pub first_limit: u32,
    /// The thresholds below which its values stay: the first, and how many.
    pub below: Option<(u32, u32)>,
}

impl Tensor {
    /// Where it lies among all parameters.
    pub fn range(&self) -> Range<usize> {
        self.first as usize..(self.first + self.n) as usize
    }
}

/// The trained tensors of a plan, and the limits of them all.
pub(super) fn tensors(
    layout: &Layout,
    trained: &[TrainedTensor],
) -> Result<(Vec<Tensor>, Vec<f32>)> {
    let mut tensors = Vec::new();
    let mut limits: Vec<f32> = Vec::new();
    for TrainedTensor {
        range,
        multiple,
        transform,
    } in trained
    {
        if !layout.tensors().iter().any(|tensor| tensor.range == *range) {
            return Err(no_tensor(range));
        }
        let first_limit = limits.len() as u32;
        let (form, of_tensor, below) = match transform {
            Transform::Identity => (AS_IT_IS, &[][..], None),
            Transform::Logarithm => (LOGARITHM, &[][..], None),
            Transform::Floor(floors) => (FLOORED, &floors[..], None),
            Transform::Below {
                thresholds,
                margins,
            } => {
                let below = (thresholds.start as u32, thresholds.len() as u32);
                (AS_IT_IS, &margins[..], Some(below))
            }
        };
        limits.extend(of_tensor.iter().map(|&limit| limit as f32));
        tensors.push(Tensor {
            first: range.start as u32,
            n: range.len() as u32,
            multiple: *multiple as f32,
            form,
            first_limit,
            below,
        });
    }
    Ok((tensors, limits))
}
