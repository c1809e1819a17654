//! What helps neurons that have no gradient because they never fire.

use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::data::{Stream, stream};
use crate::event::Recording;
use crate::network::{Network, Parameters, PopulationId};
use crate::{Error, Result};

/// Moves the incoming weights of a neuron that is silent over a whole batch until it fires.
///
/// All of them go up by the same amount, or, with a `spread`, each along a direction of its own that is drawn once:
/// `amount (1 + spread z)` with a standard normal z. Neurons that were raised alike are alike when they
/// wake up, and a layer of them has little to tell the next: where most of a layer is silent a spread of 2 keeps them apart.
/// With a spread of 2 some directions lead down where inputs are few: such a neuron never wakes up, and its weights go on for as
/// many epochs as the remedy does, so let these be few, or the spread 1.
///
/// A neuron that never fires has gradient zero, which is a property of exact
/// gradients, not a fault; left alone it never comes back. This departs from
/// gradient descent and is therefore off unless named. Where a loss stops the
/// simulation early, a neuron that would have fired later counts as silent; a GPU runs
/// to the end, and there it does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SilentRemedy {
    /// By how much, after each batch; zero or more, 0 for not at all, in the unit of weights.
    pub amount: f64,
    /// The standard deviation of a direction over its mean, zero or more.
    pub spread: f64,
    /// For how many epochs; none for all of a training. Late in it a neuron that few samples excite is no longer a fault, and a
    /// large amount would undo what it has learnt.
    pub epochs: Option<usize>,
}

impl SilentRemedy {
    /// Whether it is applied in an epoch, counted from 0.
    pub fn is_due(&self, epoch: usize) -> bool {
        self.epochs.is_none_or(|epochs| epoch < epochs)
    }

    /// Checks the range.
    ///
    /// # Errors
    /// An amount or a spread that is negative or not finite.
    pub fn check(&self) -> Result<()> {
        let named = [("amount", self.amount), ("spread", self.spread)];
        match named
            .into_iter()
            .find(|(_, x)| !(x.is_finite() && *x >= 0.0))
        {
            None => Ok(()),
            Some((name, value)) => Err(Error::invalid(
                format!("{name} of the remedy for silent neurons"),
                value,
                "give a finite number, zero or more",
            )),
        }
    }

    /// By what the amount is multiplied for each of `n` parameters, of which only weights are raised.
    pub fn directions(&self, n: usize, seed: u64) -> Vec<f64> {
        if self.spread == 0.0 {
            return vec![1.0; n];
        }
        let mut random = stream(seed, Stream::Raise);
        let mut direction = || {
            let z: f64 = StandardNormal.sample(&mut random);
            1.0 + self.spread * z
        };
        (0..n).map(|_| direction()).collect()
    }

    /// Applies it along [`directions`](Self::directions); returns how many neurons were silent.
    pub fn apply(
        &self,
        network: &Network,
        recording: &Recording,
        directions: &[f64],
        parameters: &mut Parameters,
    ) -> usize {
        let mut has_fired = vec![false; network.n_neurons()];
        for &neuron in recording.neurons() {
            has_fired[neuron as usize] = true;
        }
        let mut silent = 0;
        for (ix, population) in network.populations().iter().enumerate() {
            if !population.is_spiking() {
                continue;
            }
            let fired = &has_fired[population.units()];
            silent += fired.iter().filter(|&&fired| !fired).count();
            for projection in network.incoming(PopulationId(ix)) {
                let weights = parameters.layout().weights(projection);
                if let Some(synapses) = network.connections()[projection.index()].synapses() {
                    let directions = &directions[weights.clone()];
                    let values = parameters.values_mut()[weights].iter_mut();
                    for ((weight, direction), [_, target]) in values.zip(directions).zip(synapses) {
                        if !fired[*target as usize] {
                            *weight += self.amount * direction;
                        }
                    }
                    continue;
                }
                let directions = directions[weights.clone()].chunks_exact(population.size);
                let rows = parameters.values_mut()[weights].chunks_exact_mut(population.size);
                for (row, directions) in rows.zip(directions) {
                    for ((weight, &fired), direction) in row.iter_mut().zip(fired).zip(directions) {
                        if !fired {
                            *weight += self.amount * direction;
                        }
                    }
                }
            }
        }
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Neuron, Projection};
    use ndarray::{Array2, array};

    #[test]
    fn only_fan_in_of_silent_neurons_is_raised() -> Result<()> {
        let mut network = Network::builder();
        let input = network.input("input", 2);
        let neuron = Neuron::leaky_integrate_and_fire();
        let hidden = network.population("hidden", 2, neuron.clone());
        let output = network.population("output", 1, neuron);
        let first = network.connect(input, hidden, Projection::dense(Array2::zeros((2, 2))));
        let second = network.connect(hidden, output, Projection::dense(Array2::zeros((2, 1))));
        let network = network.build()?;
        let mut parameters = network.parameters(0);
        let recording = Recording {
            offsets: vec![0, 1, 2],
            times: vec![1.0, 2.0],
            neurons: vec![0, 2],
            ends: vec![5.0, 5.0],
            ..Recording::default()
        };
        let remedy = SilentRemedy {
            amount: 0.5,
            spread: 0.0,
            epochs: None,
        };
        let alike = remedy.directions(network.layout().len(), 0);
        let silent = remedy.apply(&network, &recording, &alike, &mut parameters);
        assert_eq!(silent, 1);
        assert_eq!(
            parameters.weights(&network, first),
            array![[0.0, 0.5], [0.0, 0.5]]
        );
        assert_eq!(parameters.weights(&network, second), array![[0.0], [0.0]]);
        Ok(())
    }

    #[test]
    fn directions_have_the_mean_and_the_spread_that_is_asked_for() {
        let remedy = |spread| SilentRemedy {
            amount: 1.0,
            spread,
            epochs: None,
        };
        let directions = remedy(2.0).directions(10_000, 3);
        let mean = directions.iter().sum::<f64>() / 1e4;
        let squares = directions.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        assert!((mean - 1.0).abs() < 0.06, "{mean}");
        assert!(((squares / 1e4).sqrt() - 2.0).abs() < 0.05, "{squares}");
        assert_eq!(directions, remedy(2.0).directions(10_000, 3));
        assert_ne!(directions, remedy(2.0).directions(10_000, 4));
        assert_eq!(remedy(0.0).directions(3, 3), [1.0; 3]);
    }

    #[test]
    fn amounts_out_of_range_are_errors() {
        let remedy = |amount, spread| SilentRemedy {
            amount,
            spread,
            epochs: Some(2),
        };
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            let error = remedy(wrong, 0.0).check().expect_err("out of range");
            assert!(error.to_string().contains("amount"), "{error}");
            let error = remedy(0.1, wrong).check().expect_err("out of range");
            assert!(error.to_string().contains("spread"), "{error}");
        }
        let remedy = remedy(0.0, 0.0);
        assert!(remedy.check().is_ok());
        assert_eq!(
            [0, 1, 2].map(|epoch| remedy.is_due(epoch)),
            [true, true, false]
        );
    }
}
