//! Readouts that should be at given voltages at given times.

use ndarray::Array3;

use super::check::check_labels;
use super::scores::{place_of_time, readout};
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Error, Result, SimulationOptions};

/// Mean square distance of a readout population's voltages from targets at given times.
///
/// With V_k(t_n) the voltage of readout k at the n-th time and v the target of the label, the
/// mean over the batch, the N times and the K readouts of
///
/// ```text
/// (V_k(t_n) - v[label, n, k])^2
/// ```
///
/// Labels choose the target: to give each sample a target of its own, let labels count samples. The predicted
/// class is the label whose target is nearest, the lower of two equally near.
#[derive(Debug, Clone, PartialEq)]
pub struct VoltageMeanSquare {
    population: PopulationId,
    times: Vec<f64>,
    /// `[label x time x neuron]`.
    targets: Array3<f64>,
}

impl VoltageMeanSquare {
    /// The loss on the readouts of `population` at `times`, in ms; `targets` is `[label x time x neuron]`.
    ///
    /// # Errors
    /// Times that do not ascend or are negative, targets that are not finite or not one for each time.
    pub fn new(population: PopulationId, times: &[f64], targets: Array3<f64>) -> Result<Self> {
        let is_before = |pair: &[f64]| pair[0] < pair[1];
        if times.is_empty() || !(times[0] >= 0.0 && times.windows(2).all(is_before)) {
            return Err(Error::invalid(
                "times of the voltage targets",
                format!("{times:?}"),
                "give ascending times in ms, at least one",
            ));
        }
        let (n_labels, n_times, size) = targets.dim();
        if n_times != times.len() || n_labels * size == 0 {
            return Err(Error::invalid(
                "shape of the voltage targets",
                format!("{:?}", targets.dim()),
                format!("give [label x time x neuron] with {} times", times.len()),
            ));
        }
        if let Some(value) = targets.iter().find(|value| !value.is_finite()) {
            return Err(Error::invalid(
                "voltage target",
                value,
                "give a finite value",
            ));
        }
        Ok(Self {
            population,
            times: times.to_vec(),
            targets,
        })
    }
}

impl Loss for VoltageMeanSquare {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let (population, place) = readout(network, recording, self.population)?;
        let (n_labels, n_times, size) = self.targets.dim();
        if size != population.size {
            return Err(Error::invalid(
                "neurons of the voltage targets",
                size,
                format!("the readout has {}", population.size),
            ));
        }
        check_labels(recording, labels, n_labels)?;
        let times: Result<Vec<usize>> = self
            .times
            .iter()
            .map(|&time| place_of_time(recording, time))
            .collect();
        let times = times?;
        let voltages = &recording.readouts()[place].voltages;
        let n_recorded = recording.voltage_times().len();
        let at = |sample: usize, n: usize| (sample * n_recorded + times[n]) * size;
        let distance = |sample: usize, label: usize| -> f64 {
            let targets = self.targets.index_axis(ndarray::Axis(0), label);
            let squares = targets.indexed_iter().map(|((n, neuron), target)| {
                let miss = voltages[at(sample, n) + neuron] - target;
                miss * miss
            });
            squares.sum::<f64>() / (n_times * size) as f64
        };
        let share = 1.0 / (labels.len() * n_times * size) as f64;
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: Vec::with_capacity(labels.len()),
        };
        for (sample, &label) in labels.iter().enumerate() {
            value.mean += distance(sample, label) / labels.len() as f64;
            for n in 0..n_times {
                for neuron in 0..size {
                    let ix = at(sample, n) + neuron;
                    let miss = voltages[ix] - self.targets[[label, n, neuron]];
                    value.cotangent.voltages[place][ix] = 2.0 * share * miss;
                }
            }
            let labels = 0..n_labels;
            let distances = labels.map(|label| (label, distance(sample, label)));
            let nearest = distances.min_by(|x, y| x.1.total_cmp(&y.1));
            value.predictions.push(nearest.map(|(label, _)| label));
        }
        Ok(value)
    }

    /// Asks for voltages at the times of the targets.
    fn prepare(&self, options: &mut SimulationOptions) {
        options.add_voltage_times(&self.times);
    }

    /// At no spikes.
    fn looks_at(&self, _: &Network) -> Vec<PopulationId> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, voltages};
    use super::*;

    #[test]
    fn value_by_hand_and_cotangent() -> Result<()> {
        // Recorded at 1, 4 and 10 ms; asked at 4 and 10.
        let recorded = [9.0, 9.0, 0.1, 0.2, 0.3, 0.4, 9.0, 9.0, 1.0, 1.1, 1.2, 1.3];
        let (network, population, recording) = voltages(2, &[1.0, 4.0, 10.0], &recorded)?;
        let targets = |shift: f64| {
            Array3::from_shape_fn((2, 2, 2), |(label, n, k)| {
                label as f64 + 0.1 * n as f64 - 0.2 * k as f64 + shift
            })
        };
        let loss = VoltageMeanSquare::new(population, &[4.0, 10.0], targets(0.0))?;
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        let squares = [0.1, 0.4, 0.2, 0.5, 1.0, 1.3, 1.1, 1.4_f64].map(|miss| miss * miss);
        assert_close(value.mean, squares.iter().sum::<f64>() / 8.0, 1e-14);
        assert_eq!(value.predictions, [Some(0), Some(1)]);
        let control = VoltageMeanSquare::new(population, &[4.0, 10.0], targets(0.01))?;
        assert_cotangent(&loss, &control, &network, &recording, &[1, 0])
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, population, recording) = voltages(2, &[1.0], &[0.1, 0.2])?;
        let zeros = Array3::zeros((1, 1, 2));
        for times in [vec![], vec![-1.0], vec![2.0, 1.0], vec![f64::NAN]] {
            assert!(VoltageMeanSquare::new(population, &times, zeros.clone()).is_err());
        }
        let not_finite = Array3::from_elem((1, 1, 2), f64::NAN);
        assert!(VoltageMeanSquare::new(population, &[1.0], not_finite).is_err());
        for (time, n_neurons, labels) in [(2.0, 2, [0]), (1.0, 3, [0]), (1.0, 2, [1])] {
            let targets = Array3::zeros((1, 1, n_neurons));
            let loss = VoltageMeanSquare::new(population, &[time], targets)?;
            assert!(loss.evaluate(&network, &recording, &labels).is_err());
        }
        let loss = VoltageMeanSquare::new(population, &[1.0], zeros)?;
        assert!(loss.evaluate(&network, &recording, &[0]).is_ok());
        let mut options = SimulationOptions::new(10.0);
        options.voltage_times = vec![0.5, 3.0];
        loss.prepare(&mut options);
        assert_eq!(options.voltage_times, [0.5, 1.0, 3.0]);
        Ok(())
    }
}
