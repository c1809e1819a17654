//! Neurons that should not be about to fall silent.

use super::check::{check_labels, spiking};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Error, Result, Stop};

/// A penalty on neurons whose first spike comes after a deadline.
///
/// With T the length of the run, d the deadline and t_k the first spike of neuron k, the mean over the batch of
///
/// ```text
/// sum over neurons with t_k > d of ((t_k - d) / (T - d))^2
/// ```
///
/// A neuron that is silent counts as one that fires at the end, without gradient: the value is continuous
/// as a first spike leaves through the end of the run, and the gradient holds neurons back from there. It
/// cannot bring back one that has left; that is for a remedy
/// ([`SilentRemedy`](crate::train::SilentRemedy)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LateFirstSpikes {
    population: PopulationId,
    deadline: f64,
}

impl LateFirstSpikes {
    /// Every neuron of `population` should have fired by `deadline`, in ms.
    ///
    /// # Errors
    /// A deadline that is negative or not finite.
    pub fn new(population: PopulationId, deadline: f64) -> Result<Self> {
        if !(deadline.is_finite() && deadline >= 0.0) {
            return Err(Error::invalid(
                "deadline of first spikes",
                deadline,
                "give a finite time in ms, zero or later",
            ));
        }
        Ok(Self {
            population,
            deadline,
        })
    }
}

impl Loss for LateFirstSpikes {
    /// Makes no predictions.
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = spiking(network, self.population)?;
        check_labels(recording, labels, usize::MAX)?;
        let span = recording.duration() - self.deadline;
        if span <= 0.0 {
            return Err(Error::invalid(
                "deadline of first spikes",
                self.deadline,
                format!(
                    "give a time before the run's end, {} ms",
                    recording.duration()
                ),
            ));
        }
        let share = 1.0 / labels.len() as f64;
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: vec![None; labels.len()],
        };
        for sample in 0..labels.len() {
            for spike in recording.first_spikes(sample, population.units()) {
                let time = spike.map_or(recording.duration(), |ix| recording.times()[ix]);
                let late = ((time - self.deadline) / span).max(0.0);
                value.mean += share * late * late;
                if let Some(ix) = spike {
                    value.cotangent.spike_times[ix] = 2.0 * share * late / span;
                }
            }
        }
        Ok(value)
    }

    /// As soon as every neuron has fired.
    fn stop(&self) -> Stop {
        Stop::AfterFirstSpikes(self.population)
    }

    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        vec![self.population]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, readout, spiking};
    use super::*;

    #[test]
    fn value_by_hand_and_cotangent() -> Result<()> {
        let spikes: [&[(u32, f64)]; 2] = [&[(1, 4.0), (2, 12.5), (1, 15.0)], &[(2, 15.0)]];
        let (network, population, recording) = spiking(1, 2, &spikes, 20.0)?;
        let loss = LateFirstSpikes::new(population, 10.0)?;
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        assert_close(value.mean, 0.5 * (0.0625 + 1.0 + 0.25), 1e-14);
        let control = LateFirstSpikes::new(population, 10.1)?;
        assert_cotangent(&loss, &control, &network, &recording, &[0, 0])
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = readout(2, &[1.0, 2.0])?;
        let loss = LateFirstSpikes::new(population, 1.0)?;
        assert!(loss.evaluate(&network, &recording, &[0]).is_err());
        assert!(LateFirstSpikes::new(population, -1.0).is_err());
        let (network, population, recording) = spiking(1, 1, &[&[(1, 4.0)]], 20.0)?;
        let loss = LateFirstSpikes::new(population, 20.0)?;
        assert!(loss.evaluate(&network, &recording, &[0]).is_err());
        Ok(())
    }
}
