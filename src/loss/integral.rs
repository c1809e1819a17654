//! The class whose readout was highest on the whole.

use ndarray::Array2;

use super::check::positive;
use super::scores::{as_scores, classify, readout};
use super::{Loss, LossValue};
use crate::Result;
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::session::DeviceLoss;

/// Cross-entropy of the time integral of V of a readout population with one neuron per class.
///
/// With A_k the integral over the run of the voltage of readout k, in ms, and l the label, the mean over the batch of
///
/// ```text
/// -log( exp(s A_l) / sum_k exp(s A_k) )
/// ```
///
/// The predicted class is that of the largest integral, the lower of two equal ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IntegralCrossEntropy {
    population: PopulationId,
    scale: f64,
}

impl IntegralCrossEntropy {
    /// The loss on the readouts of `population`, with s = 1 / ms.
    pub fn new(population: PopulationId) -> Self {
        Self {
            population,
            scale: 1.0,
        }
    }

    /// Sets the factor s of the integrals, in 1/ms.
    ///
    /// # Errors
    /// A factor that is not finite or not above zero.
    pub fn scale(mut self, scale: f64) -> Result<Self> {
        self.scale = positive("scale of the integral loss, in 1/ms,", scale)?;
        Ok(self)
    }
}

impl Loss for IntegralCrossEntropy {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let (population, place) = readout(network, recording, self.population)?;
        let integrals = &recording.readouts()[place].integrals;
        let (mut value, slopes) =
            classify(recording, integrals, population.size, self.scale, labels)?;
        value.cotangent.integrals[place] = slopes;
        Ok(value)
    }

    /// The integral of the voltage, in ms.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let (population, place) = readout(network, recording, self.population)?;
        let integrals = recording.readouts()[place].integrals.clone();
        as_scores(integrals, population.size)
    }

    /// At no spikes.
    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        Vec::new()
    }

    fn on_device(&self) -> Option<DeviceLoss> {
        Some(DeviceLoss::Integral {
            population: self.population,
            scale: self.scale,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, readout, spiking};
    use super::*;

    const INTEGRALS: [f64; 6] = [0.5, -1.0, 2.0, 3.0, 3.0, -40.0];

    #[test]
    fn value_and_predictions_by_hand() -> Result<()> {
        let (network, population, recording) = readout(3, &INTEGRALS)?;
        let loss = IntegralCrossEntropy::new(population).scale(0.5)?;
        let value = loss.evaluate(&network, &recording, &[2, 1])?;
        let term = |row: &[f64], label: usize| {
            let sum: f64 = row.iter().map(|x| (0.5 * x).exp()).sum();
            -((0.5 * row[label]).exp() / sum).ln()
        };
        let expected = 0.5 * (term(&INTEGRALS[..3], 2) + term(&INTEGRALS[3..], 1));
        assert_close(value.mean, expected, 1e-14);
        assert_eq!(value.predictions, [Some(2), Some(0)]);
        Ok(())
    }

    #[test]
    fn cotangent_is_the_derivative() -> Result<()> {
        let (network, population, recording) = readout(3, &INTEGRALS)?;
        let loss = IntegralCrossEntropy::new(population).scale(0.5)?;
        let control = IntegralCrossEntropy::new(population).scale(0.51)?;
        assert_cotangent(&loss, &control, &network, &recording, &[1, 0])
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = readout(3, &INTEGRALS)?;
        let loss = IntegralCrossEntropy::new(population);
        for (labels, text) in [
            (vec![0, 3], "label of sample 1"),
            (vec![0], "number of labels"),
        ] {
            let error = loss
                .evaluate(&network, &recording, &labels)
                .expect_err("misuse");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert!(loss.scale(0.0).is_err());
        assert!(loss.scale(f64::NAN).is_err());
        let (network, population, recording) = spiking(1, 2, &[&[(1, 1.0)]], 5.0)?;
        let error = IntegralCrossEntropy::new(population)
            .evaluate(&network, &recording, &[0])
            .expect_err("it spikes");
        assert!(error.to_string().contains("name a readout"), "{error}");
        Ok(())
    }
}
