//! The class whose readout was ever highest.

use ndarray::Array2;

use super::check::positive;
use super::scores::{as_scores, classify, readout};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::session::DeviceLoss;
use crate::{Result, SimulationOptions};

/// Cross-entropy of the maximum of V over the run of a readout population with one neuron per class.
///
/// With M_k the largest voltage of readout k over the run and l the label, the mean over the batch of
///
/// ```text
/// -log( exp(s M_l) / sum_k exp(s M_k) )
/// ```
///
/// Maxima are exact: there is no grid on which they are looked for. The predicted class is that of the largest,
/// the lower of two equal ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaximumCrossEntropy {
    population: PopulationId,
    scale: f64,
}

impl MaximumCrossEntropy {
    /// The loss on the readouts of `population`, with the factor s = `scale` of voltages.
    ///
    /// # Errors
    /// A factor that is not finite or not above zero.
    pub fn new(population: PopulationId, scale: f64) -> Result<Self> {
        let scale = positive("scale of the loss on largest voltages", scale)?;
        Ok(Self { population, scale })
    }
}

impl MaximumCrossEntropy {
    /// The largest voltages, `[sample x neuron]`.
    fn values(&self, recording: &Recording, place: usize) -> Vec<f64> {
        let maxima = recording.readouts()[place].maxima.iter();
        maxima.map(|maximum| maximum.voltage).collect()
    }
}

impl Loss for MaximumCrossEntropy {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let (population, place) = readout(network, recording, self.population)?;
        let values = self.values(recording, place);
        let (mut value, slopes) =
            classify(recording, &values, population.size, self.scale, labels)?;
        value.cotangent.maxima[place] = slopes;
        Ok(value)
    }

    /// The largest voltage.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let (population, place) = readout(network, recording, self.population)?;
        as_scores(self.values(recording, place), population.size)
    }

    /// Asks for the largest voltages.
    fn prepare(&self, options: &mut SimulationOptions) {
        options.record_maxima = true;
    }

    /// At no spikes.
    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        Vec::new()
    }

    fn on_device(&self) -> Option<DeviceLoss> {
        Some(DeviceLoss::Maximum {
            population: self.population,
            scale: self.scale,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, maxima, readout};
    use super::*;

    #[test]
    fn value_by_hand_and_cotangent() -> Result<()> {
        let (network, population, recording) = maxima(2, &[0.5, 0.25, 1.0, 1.5])?;
        let loss = MaximumCrossEntropy::new(population, 2.0)?;
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        let expected = 0.5 * ((1.0 + (-0.5_f64).exp()).ln() + (1.0 + 1.0_f64.exp()).ln());
        assert_close(value.mean, expected, 1e-14);
        assert_eq!(value.predictions, [Some(0), Some(1)]);
        let control = MaximumCrossEntropy::new(population, 2.01)?;
        assert_cotangent(&loss, &control, &network, &recording, &[1, 0])
    }

    #[test]
    fn what_was_not_recorded_is_an_error() -> Result<()> {
        let (network, population, recording) = readout(2, &[0.1, 0.2])?;
        let loss = MaximumCrossEntropy::new(population, 1.0)?;
        let error = loss
            .evaluate(&network, &recording, &[0])
            .expect_err("not recorded");
        assert!(error.to_string().contains("Loss::prepare"), "{error}");
        let mut options = SimulationOptions::new(10.0);
        loss.prepare(&mut options);
        assert!(options.record_maxima);
        assert!(MaximumCrossEntropy::new(population, f64::NAN).is_err());
        Ok(())
    }
}
