//! Target spike trains, and what a population fired, neuron by neuron.

use std::ops::Range;

use ndarray::Array2;

use super::check::{check_labels, spiking};
use crate::event::Recording;
use crate::network::{Network, Population, PopulationId};
use crate::{Error, Result};

/// When each neuron of a population should fire: for each label, for each neuron, ascending times in ms.
///
/// Labels choose the target: to give each sample a target of its own, let labels count samples.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeTargets {
    /// `[label][neuron][spike]`.
    trains: Vec<Vec<Vec<f64>>>,
}

impl SpikeTargets {
    /// Targets `[label][neuron][spike]`, in ms.
    ///
    /// # Errors
    /// No labels, labels of different numbers of neurons, times that do not ascend, are negative or not finite.
    pub fn new(trains: Vec<Vec<Vec<f64>>>) -> Result<Self> {
        let n_neurons = trains.first().map_or(0, Vec::len);
        if n_neurons == 0 {
            return Err(Error::invalid(
                "target spike trains",
                "without a train",
                "give a list of trains, one for each neuron, for at least one label",
            ));
        }
        for (label, neurons) in trains.iter().enumerate() {
            if neurons.len() != n_neurons {
                return Err(Error::invalid(
                    format!("number of target trains of label {label}"),
                    neurons.len(),
                    format!("give one for each neuron, {n_neurons} as label 0 has"),
                ));
            }
            for (neuron, train) in neurons.iter().enumerate() {
                let mut previous = 0.0;
                for &time in train {
                    if !(time.is_finite() && time >= previous) {
                        return Err(Error::invalid(
                            format!("target time of neuron {neuron} under label {label}"),
                            time,
                            "give finite ascending times in ms, zero or later",
                        ));
                    }
                    previous = time;
                }
            }
        }
        Ok(Self { trains })
    }

    pub(super) fn n_labels(&self) -> usize {
        self.trains.len()
    }

    /// One train for each neuron.
    pub(super) fn of(&self, label: usize) -> &[Vec<f64>] {
        &self.trains[label]
    }

    /// Checks that targets, labels and recording belong together; returns the population.
    pub(super) fn check<'a>(
        &self,
        network: &'a Network,
        id: PopulationId,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<&'a Population> {
        let population = spiking(network, id)?;
        if self.trains[0].len() != population.size {
            return Err(Error::invalid(
                "number of target trains",
                self.trains[0].len(),
                format!("give one for each of the {} neurons", population.size),
            ));
        }
        let times = self.trains.iter().flatten().flatten();
        let latest = times.fold(0.0, |latest: f64, &time| latest.max(time));
        if latest > recording.duration() {
            return Err(Error::invalid(
                "latest target time",
                latest,
                format!("keep it within the run, {} ms", recording.duration()),
            ));
        }
        check_labels(recording, labels, self.n_labels())?;
        Ok(population)
    }

    /// Minus the distance of each sample from the targets of each label, `[sample x label]`.
    pub(super) fn scores(
        &self,
        n_samples: usize,
        distance: impl Fn(usize, &[Vec<f64>]) -> f64,
    ) -> Array2<f64> {
        let shape = (n_samples, self.n_labels());
        Array2::from_shape_fn(shape, |(sample, label)| -distance(sample, self.of(label)))
    }

    /// The label whose targets are nearest, the lower of two equally near.
    pub(super) fn nearest(&self, distance: impl Fn(&[Vec<f64>]) -> f64) -> Option<usize> {
        let distances = self.trains.iter().map(|trains| distance(trains));
        let nearest = distances.enumerate().min_by(|x, y| x.1.total_cmp(&y.1));
        nearest.map(|(label, _)| label)
    }
}

/// For each neuron of a range, its spikes in a sample as indices into the recording's flat arrays.
pub(super) fn fired(
    recording: &Recording,
    sample: usize,
    neurons: Range<usize>,
) -> Vec<Vec<usize>> {
    let mut trains = vec![Vec::new(); neurons.len()];
    for ix in recording.range(sample) {
        let neuron = recording.neurons()[ix] as usize;
        if neurons.contains(&neuron) {
            trains[neuron - neurons.start].push(ix);
        }
    }
    trains
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::spiking;
    use super::*;

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        for bad in [
            vec![],
            vec![vec![]],
            vec![vec![vec![1.0]], vec![vec![], vec![]]],
            vec![vec![vec![2.0, 1.0]]],
            vec![vec![vec![f64::NAN]]],
            vec![vec![vec![-1.0]]],
        ] {
            assert!(SpikeTargets::new(bad.clone()).is_err(), "{bad:?}");
        }
        let (network, population, recording) = spiking(1, 2, &[&[(1, 1.0)]], 5.0)?;
        let check = |trains: Vec<Vec<Vec<f64>>>, labels: &[usize]| -> Result<()> {
            let targets = SpikeTargets::new(trains)?;
            targets.check(&network, population, &recording, labels)?;
            Ok(())
        };
        assert!(check(vec![vec![vec![], vec![5.0]]], &[0]).is_ok());
        assert!(check(vec![vec![vec![], vec![5.1]]], &[0]).is_err());
        assert!(check(vec![vec![vec![]]], &[0]).is_err());
        assert!(check(vec![vec![vec![], vec![]]], &[1]).is_err());
        assert!(check(vec![vec![vec![], vec![]]], &[0, 0]).is_err());
        Ok(())
    }
}
