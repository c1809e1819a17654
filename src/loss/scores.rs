//! What losses on readouts share: a population's row of scores, and its softmax.

use super::check::{check_labels, output};
use super::{LossValue, cross_entropy};
use crate::event::Recording;
use crate::model::{Network, Population, PopulationId};
use crate::{Cotangent, Error, Result};

/// A population without threshold, and its place among the recording's readouts.
pub(super) fn readout<'a>(
    network: &'a Network,
    recording: &Recording,
    id: PopulationId,
) -> Result<(&'a Population, usize)> {
    let population = output(network, id)?;
    let mut readouts = recording.readouts().iter();
    match readouts.position(|readout| readout.population == id.index()) {
        Some(place) => Ok((population, place)),
        None => Err(Error::invalid(
            "output population of a loss on readouts",
            format!("the population \"{}\"", population.name),
            "name a readout, a population without threshold, of the recorded network",
        )),
    }
}

/// Where a time lies among those at which voltages were recorded.
pub(super) fn place_of_time(recording: &Recording, time: f64) -> Result<usize> {
    let times = recording.voltage_times();
    times.iter().position(|&t| t == time).ok_or_else(|| {
        Error::invalid(
            "time of a recorded voltage",
            format!("{time} ms, which is not among the {} recorded", times.len()),
            "simulate with options that Loss::prepare has seen",
        )
    })
}

/// The mean of `-log softmax(scale x)[label]` over samples, each with its row of `values`, and its derivative by them,
/// `[sample x neuron]`, for whose place in the cotangent the caller knows. The predicted class is that of the largest
/// value, the lower of two equal ones.
pub(super) fn classify(
    recording: &Recording,
    values: &[f64],
    n_classes: usize,
    scale: f64,
    labels: &[usize],
) -> Result<(LossValue, Vec<f64>)> {
    check_labels(recording, labels, n_classes)?;
    if values.len() != labels.len() * n_classes {
        return Err(Error::invalid(
            "number of recorded values of the readout",
            values.len(),
            format!(
                "use a recording of this network, made with options that Loss::prepare has \
                 seen: {n_classes} for each sample"
            ),
        ));
    }
    let share = 1.0 / labels.len() as f64;
    let mut value = LossValue {
        mean: 0.0,
        cotangent: Cotangent::zeros(recording),
        predictions: Vec::with_capacity(labels.len()),
    };
    let mut derivative = Vec::with_capacity(values.len());
    for (row, &label) in values.chunks_exact(n_classes).zip(labels) {
        let scores: Vec<f64> = row.iter().map(|x| scale * x).collect();
        let (loss, slopes) = cross_entropy(&scores, label);
        value.mean += share * loss;
        derivative.extend(slopes.into_iter().map(|slope| share * scale * slope));
        value.predictions.push(largest(row));
    }
    Ok((value, derivative))
}

/// The index of the largest value, the first of equal ones.
fn largest(values: &[f64]) -> Option<usize> {
    let values = values.iter().enumerate().rev();
    let largest = values.max_by(|x, y| x.1.total_cmp(y.1));
    largest.map(|(ix, _)| ix)
}
