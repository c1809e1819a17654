//! Derivatives that are not finite are refused by name.

use crate::Error;
use crate::problem::Problem;

/// The place of a number that is not finite.
pub(super) fn first_not_finite(values: &[f64]) -> Option<usize> {
    // x times zero is zero for a finite number only; in lanes, as this passes over every gradient there is.
    let mut sums = [0.0; 8];
    let (lanes, rest) = values.as_chunks::<8>();
    for lane in lanes {
        for (sum, x) in sums.iter_mut().zip(lane) {
            *sum += x * 0.0;
        }
    }
    let all = sums.iter().chain(rest).all(|x| x.is_finite());
    (!all)
        .then(|| values.iter().position(|x| !x.is_finite()))
        .flatten()
}

/// What a parameter is called: its tensor and its place in that.
pub(super) fn parameter(problem: &Problem<'_>, ix: usize) -> String {
    let mut tensors = problem.network.layout().tensors().iter();
    let found = tensors.find(|tensor| tensor.range.contains(&ix));
    found.map_or_else(
        || format!("parameter {ix}"),
        |tensor| format!("{}[{}]", tensor.name, ix - tensor.range.start),
    )
}

pub(super) fn not_finite(of: &str, value: f64) -> Error {
    Error::invalid(
        format!("derivative with respect to {of}"),
        value,
        "weights, times or the loss's derivatives are too large or too small for double precision: rescale them, \
         lower the learning rate, or raise the slope floor",
    )
}
