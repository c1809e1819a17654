//! The class whose output fires first.

use serde::{Deserialize, Serialize};

use ndarray::Array2;

use super::check::{check_labels, positive, spiking};
use super::scores::earliness;
use super::{Loss, LossValue, cross_entropy};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::session::{DeviceLoss, DeviceSilent};
use crate::{Cotangent, Error, Result, Stop};

/// What an output neuron counts as in samples in which it never fires.
///
/// Either way it has no spike, hence no gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilentOutput {
    /// As one that fires at the end of the run (Lee et al. 2023).
    #[default]
    AtEnd,
    /// As absent: it is left out of the softmax, and a sample whose label's
    /// neuron is silent contributes nothing (EventProp).
    LeftOut,
}

/// The term `strength (exp(t / scale) - 1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct EarlySpikes {
    strength: f64,
    scale: f64,
}

/// Cross-entropy of the first spike times of a population with one neuron per class.
///
/// With t_k the first spike time of output neuron k, in ms, and l the label, the mean over the batch of
///
/// ```text
/// -log( exp(-t_l / tau_0) / sum_k exp(-t_k / tau_0) )  +  gamma (exp(t_l / tau_1) - 1)
/// ```
///
/// (Göltz et al. 2021; Wunderlich and Pehle 2021.) The second term grows with t_l and so rewards EARLY spikes of the label's neuron;
/// Lee et al. 2023 print and compute it with the opposite sign.
///
/// The predicted class is that of the neuron that fires first, the lower of two
/// that fire at once; none where all are silent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstSpikeCrossEntropy {
    population: PopulationId,
    scale: f64,
    regulariser: Option<EarlySpikes>,
    silent: SilentOutput,
}

impl FirstSpikeCrossEntropy {
    /// The loss on the first spikes of `population`, with tau_0 = `scale` in ms,
    /// without regulariser, silent outputs counting as spikes at the end.
    ///
    /// # Errors
    /// A scale that is not finite or not above zero.
    pub fn new(population: PopulationId, scale: f64) -> Result<Self> {
        Ok(Self {
            population,
            scale: positive("scale of the first-spike loss, in ms,", scale)?,
            regulariser: None,
            silent: SilentOutput::default(),
        })
    }

    /// Adds the term that rewards early spikes: gamma = `strength`, tau_1 = `scale` in ms.
    ///
    /// # Errors
    /// A negative strength, a scale not above zero, or one that is not finite.
    pub fn reward_early(mut self, strength: f64, scale: f64) -> Result<Self> {
        if !(strength.is_finite() && strength >= 0.0) {
            return Err(Error::invalid(
                "strength of the early-spike term",
                strength,
                "give a finite number, zero or more",
            ));
        }
        self.regulariser = Some(EarlySpikes {
            strength,
            scale: positive("scale of the early-spike term, in ms,", scale)?,
        });
        Ok(self)
    }

    /// Chooses what silent output neurons count as.
    #[must_use]
    pub fn silent(mut self, silent: SilentOutput) -> Self {
        self.silent = silent;
        self
    }
}

impl Loss for FirstSpikeCrossEntropy {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = spiking(network, self.population)?;
        check_labels(recording, labels, population.size)?;
        let share = 1.0 / labels.len() as f64;
        let silent_score = match self.silent {
            SilentOutput::AtEnd => -recording.duration() / self.scale,
            SilentOutput::LeftOut => f64::NEG_INFINITY,
        };
        let times = recording.times();
        let mut cotangent = Cotangent::zeros(recording);
        let mut predictions = Vec::with_capacity(labels.len());
        let mut sum = 0.0;
        let mut scores = Vec::with_capacity(population.size);
        for (sample, &label) in labels.iter().enumerate() {
            let first = recording.first_spikes(sample, population.units());
            predictions.push(earliest(&first, times));
            if first[label].is_none() && self.silent == SilentOutput::LeftOut {
                continue;
            }
            let score =
                |spike: &Option<usize>| spike.map_or(silent_score, |ix| -times[ix] / self.scale);
            scores.clear();
            scores.extend(first.iter().map(score));
            let (loss, slopes) = cross_entropy(&scores, label);
            sum += loss;
            for (spike, slope) in first.iter().zip(slopes) {
                if let Some(ix) = *spike {
                    cotangent.spike_times[ix] -= share * slope / self.scale;
                }
            }
            if let Some(EarlySpikes { strength, scale }) = self.regulariser {
                let time = first[label].map_or(recording.duration(), |ix| times[ix]);
                sum += strength * (time / scale).exp_m1();
                if let Some(ix) = first[label] {
                    cotangent.spike_times[ix] += share * strength / scale * (time / scale).exp();
                }
            }
        }
        Ok(LossValue {
            mean: sum * share,
            cotangent,
            predictions,
        })
    }

    /// Minus the time of the first spike, in ms; minus infinity where there is none.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let population = spiking(network, self.population)?;
        Ok(Some(earliness(recording, population)))
    }

    fn left_out(&self, network: &Network, recording: &Recording, labels: &[usize]) -> usize {
        match self.silent {
            SilentOutput::AtEnd => 0,
            SilentOutput::LeftOut => {
                let units = network.population(self.population).units();
                let fired = |(sample, &label): (usize, &usize)| {
                    let neuron = units.start + label;
                    recording.sample(sample).any(|spike| spike.unit == neuron)
                };
                labels
                    .iter()
                    .enumerate()
                    .filter(|&pair| !fired(pair))
                    .count()
            }
        }
    }

    fn on_device(&self) -> Option<DeviceLoss> {
        Some(DeviceLoss::FirstSpike {
            population: self.population,
            scale: self.scale,
            early: self.regulariser.map(|term| (term.strength, term.scale)),
            silent: match self.silent {
                SilentOutput::AtEnd => DeviceSilent::AtEnd,
                SilentOutput::LeftOut => DeviceSilent::LeftOut,
            },
        })
    }

    /// As soon as every output neuron has fired.
    fn stop(&self) -> Stop {
        Stop::AfterFirstSpikes(self.population)
    }

    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        vec![self.population]
    }
}

/// The neuron whose first spike comes first.
pub(super) fn earliest(first: &[Option<usize>], times: &[f64]) -> Option<usize> {
    let fired = first.iter().enumerate();
    let fired = fired.filter_map(|(neuron, spike)| spike.map(|ix| (neuron, times[ix])));
    let earliest = fired.min_by(|x, y| x.1.total_cmp(&y.1));
    earliest.map(|(neuron, _)| neuron)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, spiking};
    use super::*;
    use crate::network::Network;

    /// Three outputs, neurons 2..5. Sample 0: all fire, neuron 3 twice. Sample 1: the middle one is silent.
    fn case() -> Result<(Network, PopulationId, Recording)> {
        let spikes: [&[(u32, f64)]; 2] = [
            &[(0, 1.0), (3, 4.0), (4, 5.5), (3, 6.0), (2, 7.0)],
            &[(1, 2.0), (4, 3.0), (2, 3.25), (2, 8.0)],
        ];
        spiking(2, 3, &spikes, 20.0)
    }

    #[test]
    fn value_by_hand() -> Result<()> {
        let (network, population, recording) = case()?;
        let loss = FirstSpikeCrossEntropy::new(population, 2.0)?.reward_early(0.1, 10.0)?;
        let term = |t: f64, all: [f64; 3]| {
            let sum: f64 = all.iter().map(|t| (-t / 2.0).exp()).sum();
            -((-t / 2.0).exp() / sum).ln() + 0.1 * ((t / 10.0).exp() - 1.0)
        };
        let value = loss.evaluate(&network, &recording, &[0, 1])?;
        let expected = 0.5 * (term(7.0, [7.0, 4.0, 5.5]) + term(20.0, [3.25, 20.0, 3.0]));
        assert_close(value.mean, expected, 1e-14);
        assert_eq!(value.predictions, [Some(1), Some(2)]);
        assert_eq!(value.n_correct(&[1, 0]), 1);

        let value = loss
            .silent(SilentOutput::LeftOut)
            .evaluate(&network, &recording, &[0, 1])?;
        assert_close(value.mean, 0.5 * term(7.0, [7.0, 4.0, 5.5]), 1e-14);
        assert!(value.cotangent.spike_times[5..].iter().all(|&x| x == 0.0));
        Ok(())
    }

    #[test]
    fn cotangent_is_the_derivative() -> Result<()> {
        let (network, population, recording) = case()?;
        for silent in [SilentOutput::AtEnd, SilentOutput::LeftOut] {
            for labels in [[0, 0], [1, 2], [2, 1]] {
                let loss = FirstSpikeCrossEntropy::new(population, 2.0)?
                    .reward_early(0.1, 10.0)?
                    .silent(silent);
                let other = FirstSpikeCrossEntropy::new(population, 2.01)?
                    .reward_early(0.1, 10.0)?
                    .silent(silent);
                assert_cotangent(&loss, &other, &network, &recording, &labels)?;
            }
        }
        Ok(())
    }

    #[test]
    fn an_early_label_spike_is_rewarded() -> Result<()> {
        let (network, population, recording) = case()?;
        let plain = FirstSpikeCrossEntropy::new(population, 2.0)?;
        let with = plain.reward_early(0.1, 10.0)?;
        let slope = |loss: &FirstSpikeCrossEntropy| {
            let value = loss.evaluate(&network, &recording, &[1, 2]);
            value.map(|value| value.cotangent.spike_times[1])
        };
        assert!(
            slope(&with)? > slope(&plain)?,
            "descent must move the spike to earlier times"
        );
        Ok(())
    }

    #[test]
    fn all_silent_is_no_choice() -> Result<()> {
        let (network, population, recording) = spiking(2, 3, &[&[(0, 1.0)]], 20.0)?;
        let loss = FirstSpikeCrossEntropy::new(population, 2.0)?;
        let value = loss.evaluate(&network, &recording, &[0])?;
        assert_eq!(value.predictions, [None]);
        assert_close(value.mean, 3.0_f64.ln(), 1e-14);
        assert_eq!(value.cotangent.spike_times, [0.0]);
        Ok(())
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = case()?;
        let loss = FirstSpikeCrossEntropy::new(population, 2.0)?;
        for (labels, text) in [
            (vec![0, 3], "label of sample 1 is 3"),
            (vec![0], "number of labels is 1"),
            (vec![], "number of labels is 0"),
        ] {
            let error = loss
                .evaluate(&network, &recording, &labels)
                .expect_err("misuse");
            assert!(error.to_string().contains(text), "{error}");
        }
        let foreign = FirstSpikeCrossEntropy::new(PopulationId(7), 2.0)?;
        assert!(foreign.evaluate(&network, &recording, &[0, 1]).is_err());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(FirstSpikeCrossEntropy::new(population, bad).is_err());
            assert!(loss.reward_early(0.1, bad).is_err());
        }
        assert!(loss.reward_early(-0.1, 1.0).is_err());
        Ok(())
    }

    #[test]
    fn a_readout_has_no_first_spikes() -> Result<()> {
        let (network, population, recording) = super::super::fixtures::readout(2, &[1.0, 2.0])?;
        let error = FirstSpikeCrossEntropy::new(population, 2.0)?
            .evaluate(&network, &recording, &[0])
            .expect_err("a readout");
        assert!(error.to_string().contains("readout"), "{error}");
        Ok(())
    }
}
