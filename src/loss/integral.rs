//! The class whose readout was highest on the whole.

use super::check::{check_labels, output, positive};
use super::{Loss, LossValue, cross_entropy};
use crate::event::Recording;
use crate::model::{Network, PopulationId};
use crate::{Cotangent, Error, Result};

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
        let population = output(network, self.population)?;
        let n_classes = population.size;
        let position = recording
            .readouts()
            .iter()
            .position(|readout| readout.population == self.population.index());
        let Some(readout) = position else {
            return Err(Error::invalid(
                "output population of the integral loss",
                format!("the population \"{}\"", population.name),
                "name a readout, a population without threshold, of the recorded network",
            ));
        };
        check_labels(recording, labels, n_classes)?;
        let integrals = &recording.readouts()[readout].integrals;
        if integrals.len() != labels.len() * n_classes {
            return Err(Error::invalid(
                "number of recorded integrals",
                integrals.len(),
                format!("use a recording of this network: {n_classes} for each sample"),
            ));
        }
        let share = 1.0 / labels.len() as f64;
        let mut cotangent = Cotangent::zeros(recording);
        let mut predictions = Vec::with_capacity(labels.len());
        let mut sum = 0.0;
        let rows = integrals.chunks_exact(n_classes);
        let slots = cotangent.integrals[readout].chunks_exact_mut(n_classes);
        for ((row, slots), &label) in rows.zip(slots).zip(labels) {
            let scores: Vec<f64> = row.iter().map(|integral| self.scale * integral).collect();
            let (loss, slopes) = cross_entropy(&scores, label);
            sum += loss;
            for (slot, slope) in slots.iter_mut().zip(slopes) {
                *slot = share * self.scale * slope;
            }
            predictions.push(largest(row));
        }
        Ok(LossValue {
            mean: sum * share,
            cotangent,
            predictions,
        })
    }
}

/// The index of the largest value, the first of equal ones.
fn largest(values: &[f64]) -> Option<usize> {
    let values = values.iter().enumerate().rev();
    let largest = values.max_by(|x, y| x.1.total_cmp(y.1));
    largest.map(|(ix, _)| ix)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, readout, spiking};
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
        let labels = [1, 0];
        let value = loss.evaluate(&network, &recording, &labels)?;
        let mut largest_fault: f64 = 0.0;
        for ix in 0..INTEGRALS.len() {
            let at = |shift: f64| {
                let mut moved = recording.clone();
                moved.readouts[0].integrals[ix] += shift;
                loss.evaluate(&network, &moved, &labels).map(|v| v.mean)
            };
            let expected = (at(1e-5)? - at(-1e-5)?) / 2e-5;
            assert_close(value.cotangent.integrals[0][ix], expected, 1e-9);
            // Negative control: without the scale the comparison would fail.
            largest_fault =
                largest_fault.max((value.cotangent.integrals[0][ix] / 0.5 - expected).abs());
        }
        assert!(largest_fault > 1e-3);
        Ok(())
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
