//! Every spike at a time of its own.

use ndarray::Array2;

use super::check::spiking;
use super::targets::{SpikeTargets, fired};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Result};

/// Mean square distance of a population's spike times from target times, n-th spike to n-th target.
///
/// With t_n and T_n the n-th spike and the n-th target of a neuron, in ms, and M the number of
/// targets of the label over all neurons, the mean over the batch of
///
/// ```text
/// (1/M) sum over neurons and n of (t_n - T_n)^2
/// ```
///
/// A target without a spike counts as a spike at the end of the run, without gradient; a spike without
/// a target contributes nothing. [`mismatch`](Self::mismatch) counts both. (The loss jumps where a spike appears
/// or vanishes; [`VanRossumDistance`](super::VanRossumDistance) needs no such pairs.)
///
/// The predicted class is the label whose targets are nearest.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeTimeMeanSquare {
    population: PopulationId,
    targets: SpikeTargets,
}

/// How far spikes and targets are from being pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mismatch {
    /// Targets without a spike.
    pub missing: usize,
    /// Spikes without a target.
    pub surplus: usize,
}

impl SpikeTimeMeanSquare {
    /// The loss on the spikes of `population`.
    pub fn new(population: PopulationId, targets: SpikeTargets) -> Self {
        Self {
            population,
            targets,
        }
    }

    /// How many targets have no spike and how many spikes no target, over a batch.
    ///
    /// # Errors
    /// As [`Loss::evaluate`].
    pub fn mismatch(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<Mismatch> {
        let check = &self.targets;
        let population = check.check(network, self.population, recording, labels)?;
        let mut mismatch = Mismatch::default();
        for (sample, &label) in labels.iter().enumerate() {
            let spikes = fired(recording, sample, population.units());
            for (spikes, targets) in spikes.iter().zip(self.targets.of(label)) {
                mismatch.missing += targets.len().saturating_sub(spikes.len());
                mismatch.surplus += spikes.len().saturating_sub(targets.len());
            }
        }
        Ok(mismatch)
    }
}

/// Each target with the spike of the same number, where there is one.
fn pairs(targets: &[Vec<f64>], spikes: &[Vec<usize>]) -> Vec<(f64, Option<usize>)> {
    let trains = targets.iter().zip(spikes);
    let pairs = trains.flat_map(|(targets, spikes)| {
        let numbered = targets.iter().enumerate();
        numbered.map(|(n, &target)| (target, spikes.get(n).copied()))
    });
    pairs.collect()
}

/// How much later than its target a spike came, in ms; one that did not come counts as one at the end.
fn late(recording: &Recording, (target, spike): (f64, Option<usize>)) -> f64 {
    spike.map_or(recording.duration(), |ix| recording.times()[ix]) - target
}

/// The mean square of how late spikes are, in ms^2.
fn distance(recording: &Recording, spikes: &[Vec<usize>], targets: &[Vec<f64>]) -> f64 {
    let pairs = pairs(targets, spikes);
    let squares = pairs.iter().map(|&pair| late(recording, pair).powi(2));
    squares.sum::<f64>() / pairs.len().max(1) as f64
}

impl Loss for SpikeTimeMeanSquare {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = self
            .targets
            .check(network, self.population, recording, labels)?;
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: Vec::with_capacity(labels.len()),
        };
        for (sample, &label) in labels.iter().enumerate() {
            let spikes = fired(recording, sample, population.units());
            let distance = |targets: &[Vec<f64>]| distance(recording, &spikes, targets);
            let share = 1.0 / labels.len() as f64;
            value.mean += share * distance(self.targets.of(label));
            let pairs = pairs(self.targets.of(label), &spikes);
            for &pair in &pairs {
                if let (_, Some(ix)) = pair {
                    let slope = 2.0 * share * late(recording, pair) / pairs.len() as f64;
                    value.cotangent.spike_times[ix] = slope;
                }
            }
            value.predictions.push(self.targets.nearest(distance));
        }
        Ok(value)
    }

    /// Minus the mean square of how late spikes are for the targets of each class, in ms^2.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let units = spiking(network, self.population)?.units();
        let scores = self
            .targets
            .scores(recording.n_samples(), |sample, targets| {
                distance(recording, &fired(recording, sample, units.clone()), targets)
            });
        Ok(Some(scores))
    }

    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        vec![self.population]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, spiking};
    use super::*;

    /// Two outputs, neurons 1 and 2.
    fn case() -> Result<(Network, PopulationId, Recording)> {
        let spikes: [&[(u32, f64)]; 2] = [
            &[(0, 1.0), (1, 4.0), (2, 5.5), (1, 6.0), (1, 7.0)],
            &[(1, 2.0)],
        ];
        spiking(1, 2, &spikes, 20.0)
    }

    fn targets(shift: f64) -> Result<SpikeTargets> {
        SpikeTargets::new(vec![
            vec![vec![3.0 + shift, 7.0], vec![5.0]],
            vec![vec![2.0], vec![]],
        ])
    }

    #[test]
    fn value_by_hand_and_counts() -> Result<()> {
        let (network, population, recording) = case()?;
        let loss = SpikeTimeMeanSquare::new(population, targets(0.0)?);
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        let first = (1.0 + 1.0 + 0.25) / 3.0;
        let second = (1.0 + 13.0 * 13.0 + 15.0 * 15.0) / 3.0;
        assert_close(value.mean, 0.5 * (first + second), 1e-14);
        // The first sample is a ms away from the first target and two from the second.
        assert_eq!(value.predictions, [Some(0), Some(1)]);
        let counts = |labels| loss.mismatch(&network, &recording, labels);
        let expected = |missing, surplus| Mismatch { missing, surplus };
        assert_eq!(counts(&[0, 0])?, expected(2, 1));
        assert_eq!(counts(&[1, 1])?, expected(0, 3));
        Ok(())
    }

    #[test]
    fn cotangent_is_the_derivative() -> Result<()> {
        let (network, population, recording) = case()?;
        let loss = SpikeTimeMeanSquare::new(population, targets(0.0)?);
        let control = SpikeTimeMeanSquare::new(population, targets(0.01)?);
        assert_cotangent(&loss, &control, &network, &recording, &[0, 1])
    }
}
