//! The class whose readout is highest at the end.

use std::ops::Range;

use ndarray::Array2;

use super::check::positive;
use super::scores::{as_scores, classify, place_of_time, readout};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::session::DeviceLoss;
use crate::{Result, SimulationOptions};

/// Cross-entropy of V at the end of the run of a readout population with one neuron per class.
///
/// With V_k(T) the voltage of readout k at the end and l the label, the mean over the batch of
///
/// ```text
/// -log( exp(s V_l(T)) / sum_k exp(s V_k(T)) )
/// ```
///
/// The predicted class is that of the largest voltage, the lower of two equal ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FinalVoltageCrossEntropy {
    population: PopulationId,
    scale: f64,
}

impl FinalVoltageCrossEntropy {
    /// The loss on the readouts of `population`, with the factor s = `scale` of voltages.
    ///
    /// # Errors
    /// A factor that is not finite or not above zero.
    pub fn new(population: PopulationId, scale: f64) -> Result<Self> {
        let scale = positive("scale of the loss on final voltages", scale)?;
        Ok(Self { population, scale })
    }
}

impl FinalVoltageCrossEntropy {
    /// The voltages at the end, `[sample x neuron]`, and where in a sample's voltages they lie.
    fn values(
        recording: &Recording,
        place: usize,
        size: usize,
    ) -> Result<(Vec<f64>, Range<usize>)> {
        let time = place_of_time(recording, recording.duration())?;
        // `[sample x time x neuron]`: one row of each sample.
        let per_sample = size * recording.voltage_times().len();
        let row = time * size..(time + 1) * size;
        let samples = recording.readouts()[place]
            .voltages
            .chunks_exact(per_sample);
        let values = samples.flat_map(|sample| &sample[row.clone()]);
        Ok((values.copied().collect(), row))
    }
}

impl Loss for FinalVoltageCrossEntropy {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let (population, place) = readout(network, recording, self.population)?;
        let per_sample = population.size * recording.voltage_times().len();
        let (values, row) = Self::values(recording, place, population.size)?;
        let (mut value, slopes) =
            classify(recording, &values, population.size, self.scale, labels)?;
        let slots = value.cotangent.voltages[place].chunks_exact_mut(per_sample);
        for (slots, slopes) in slots.zip(slopes.chunks_exact(population.size)) {
            slots[row.clone()].copy_from_slice(slopes);
        }
        Ok(value)
    }

    /// The voltage at the end of the run.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        let (population, place) = readout(network, recording, self.population)?;
        let (values, _) = Self::values(recording, place, population.size)?;
        as_scores(values, population.size)
    }

    /// Asks for voltages at the end of the run.
    fn prepare(&self, options: &mut SimulationOptions) {
        options.add_voltage_times(&[options.duration]);
    }

    /// At no spikes.
    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        Vec::new()
    }

    fn on_device(&self) -> Option<DeviceLoss> {
        Some(DeviceLoss::FinalVoltage {
            population: self.population,
            scale: self.scale,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, spiking, voltages};
    use super::*;

    #[test]
    fn value_by_hand_and_cotangent() -> Result<()> {
        let values = [9.0, 9.0, 0.2, -0.4, 9.0, 9.0, 0.3, 0.8];
        let (network, population, recording) = voltages(2, &[1.0, 10.0], &values)?;
        let loss = FinalVoltageCrossEntropy::new(population, 2.0)?;
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        let term = |x: f64, y: f64| (1.0 + (2.0 * (y - x)).exp()).ln();
        let expected = 0.5 * (term(0.2, -0.4) + term(0.3, 0.8));
        assert_close(value.mean, expected, 1e-14);
        assert_eq!(value.predictions, [Some(0), Some(1)]);
        let control = FinalVoltageCrossEntropy::new(population, 2.01)?;
        assert_cotangent(&loss, &control, &network, &recording, &[0, 1])
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = voltages(2, &[1.0], &[0.1, 0.2])?;
        let loss = FinalVoltageCrossEntropy::new(population, 1.0)?;
        let error = loss
            .evaluate(&network, &recording, &[0])
            .expect_err("not recorded");
        assert!(error.to_string().contains("Loss::prepare"), "{error}");
        let mut options = SimulationOptions::new(10.0);
        options.voltage_times = vec![3.0];
        loss.prepare(&mut options);
        loss.prepare(&mut options);
        assert_eq!(options.voltage_times, [3.0, 10.0]);
        assert!(FinalVoltageCrossEntropy::new(population, 0.0).is_err());
        let (network, population, recording) = spiking(1, 2, &[&[(1, 1.0)]], 5.0)?;
        let loss = FinalVoltageCrossEntropy::new(population, 1.0)?;
        assert!(loss.evaluate(&network, &recording, &[0]).is_err());
        Ok(())
    }
}
