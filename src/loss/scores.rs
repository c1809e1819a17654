//! What losses on readouts share: a population's row of scores, and its softmax.

use ndarray::Array2;

use super::check::{check_labels, output};
use super::{LossValue, cross_entropy};
use crate::event::Recording;
use crate::network::{Network, Population, PopulationId};
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

/// Values of a readout, one for each sample and neuron, as scores of classes.
pub(super) fn as_scores(values: Vec<f64>, n_classes: usize) -> Result<Option<Array2<f64>>> {
    let n_samples = values.len() / n_classes.max(1);
    let scores = Array2::from_shape_vec((n_samples, n_classes), values);
    scores.map(Some).map_err(|error| {
        let remedy =
            "use a recording of this network, made with options that Loss::prepare has seen";
        Error::invalid("recorded values of the readout", error, remedy)
    })
}

/// Minus the time of each neuron's first spike, in ms; minus infinity where it was silent.
pub(super) fn earliness(recording: &Recording, population: &Population) -> Array2<f64> {
    let shape = (recording.n_samples(), population.size);
    let mut scores = Array2::from_elem(shape, f64::NEG_INFINITY);
    for (sample, mut row) in scores.rows_mut().into_iter().enumerate() {
        let first = recording.first_spikes(sample, population.units());
        for (score, spike) in row.iter_mut().zip(first) {
            if let Some(ix) = spike {
                *score = -recording.times()[ix];
            }
        }
    }
    scores
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
