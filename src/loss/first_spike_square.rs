//! First spikes that should come at given times.

use ndarray::Array2;

use super::check::{check_labels, spiking};
use super::first_spike::earliest;
use super::scores::earliness;
use super::{Loss, LossValue, SilentOutput};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Error, Result, Stop};

/// Mean square distance of first spike times from targets, of a population with one neuron per class.
///
/// With t_k the first spike time of output neuron k of K, in ms, and T_k the target for the right class or
/// the one for the others, the mean over the batch of
///
/// ```text
/// (1/K) sum_k (t_k - T_k)^2
/// ```
///
/// The predicted class is that of the neuron that fires first, the lower of two that fire
/// at once; none where all are silent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstSpikeMeanSquare {
    population: PopulationId,
    right: f64,
    others: f64,
    silent: SilentOutput,
}

impl FirstSpikeMeanSquare {
    /// Asks the right class's neuron of `population` to fire first at `right` ms and the others at
    /// `others` ms; silent outputs count as spikes at the end.
    ///
    /// # Errors
    /// Times that are negative or not finite, or others that are not after the right one.
    pub fn new(population: PopulationId, right: f64, others: f64) -> Result<Self> {
        for (field, time) in [("right", right), ("other", others)] {
            if !(time.is_finite() && time >= 0.0) {
                return Err(Error::invalid(
                    format!("target time of the {field} class"),
                    time,
                    "give a finite time in ms, zero or later",
                ));
            }
        }
        if others <= right {
            return Err(Error::invalid(
                "target time of the other classes",
                others,
                format!(
                    "give a time after that of the right class, {right} ms: the first to fire is the choice"
                ),
            ));
        }
        Ok(Self {
            population,
            right,
            others,
            silent: SilentOutput::default(),
        })
    }

    /// Chooses what silent output neurons count as; left out, they contribute nothing.
    #[must_use]
    pub fn silent(mut self, silent: SilentOutput) -> Self {
        self.silent = silent;
        self
    }
}

impl Loss for FirstSpikeMeanSquare {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = spiking(network, self.population)?;
        check_labels(recording, labels, population.size)?;
        let share = 1.0 / (labels.len() * population.size) as f64;
        let times = recording.times();
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: Vec::with_capacity(labels.len()),
        };
        for (sample, &label) in labels.iter().enumerate() {
            let first = recording.first_spikes(sample, population.units());
            value.predictions.push(earliest(&first, times));
            for (neuron, spike) in first.into_iter().enumerate() {
                let target = if neuron == label {
                    self.right
                } else {
                    self.others
                };
                if let Some(ix) = spike {
                    let late = times[ix] - target;
                    value.mean += share * late * late;
                    value.cotangent.spike_times[ix] = 2.0 * share * late;
                } else if self.silent == SilentOutput::AtEnd {
                    let late = recording.duration() - target;
                    value.mean += share * late * late;
                }
            }
        }
        Ok(value)
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
                let fired = |sample| recording.sample(sample).any(|s| units.contains(&s.unit));
                (0..labels.len()).filter(|&sample| !fired(sample)).count()
            }
        }
    }

    /// As soon as every output neuron has fired.
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
        let loss = FirstSpikeMeanSquare::new(population, 4.0, 10.0)?;
        let value = loss.evaluate(&network, &recording, &[0, 1])?;
        let squares = |misses: [f64; 3]| misses.map(|miss| miss * miss).iter().sum::<f64>();
        let first = squares([3.0, -6.0, -4.5]);
        assert_close(
            value.mean,
            (first + squares([-6.75, 16.0, -7.0])) / 6.0,
            1e-14,
        );
        assert_eq!(value.predictions, [Some(1), Some(2)]);
        let value = loss.silent(SilentOutput::LeftOut);
        let value = value.evaluate(&network, &recording, &[0, 1])?;
        assert_close(
            value.mean,
            (first + squares([-6.75, 0.0, -7.0])) / 6.0,
            1e-14,
        );
        Ok(())
    }

    #[test]
    fn cotangent_is_the_derivative() -> Result<()> {
        let (network, population, recording) = case()?;
        for silent in [SilentOutput::AtEnd, SilentOutput::LeftOut] {
            let loss = FirstSpikeMeanSquare::new(population, 4.0, 10.0)?.silent(silent);
            let control = FirstSpikeMeanSquare::new(population, 4.0, 10.01)?.silent(silent);
            assert_cotangent(&loss, &control, &network, &recording, &[1, 2])?;
        }
        Ok(())
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = readout(2, &[1.0, 2.0])?;
        let loss = FirstSpikeMeanSquare::new(population, 4.0, 10.0)?;
        assert!(loss.evaluate(&network, &recording, &[0]).is_err());
        for (right, others) in [
            (-1.0, 5.0),
            (f64::NAN, 5.0),
            (5.0, 5.0),
            (1.0, f64::INFINITY),
        ] {
            assert!(FirstSpikeMeanSquare::new(population, right, others).is_err());
        }
        Ok(())
    }
}
