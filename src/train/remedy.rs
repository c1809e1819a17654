//! What helps neurons that have no gradient because they never fire.

use serde::{Deserialize, Serialize};

use crate::event::Recording;
use crate::model::{Network, Parameters, PopulationId};
use crate::{Error, Result};

/// Raises all incoming weights of a neuron that is silent over a whole batch.
///
/// A neuron that never fires has gradient zero, which is a property of exact
/// gradients, not a fault; left alone it never comes back. This departs from
/// gradient descent and is therefore off unless named. Where a loss stops the
/// simulation early, a neuron that would have fired later counts as silent; a GPU runs
/// to the end, and there it does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SilentRemedy {
    /// By how much, after each batch; zero or more, in the unit of weights.
    pub amount: f64,
}

impl SilentRemedy {
    /// Checks the range.
    ///
    /// # Errors
    /// An amount that is negative or not finite.
    pub fn check(&self) -> Result<()> {
        if self.amount.is_finite() && self.amount >= 0.0 {
            return Ok(());
        }
        Err(Error::invalid(
            "amount of the remedy for silent neurons",
            self.amount,
            "give a finite weight, zero or more",
        ))
    }

    /// Applies it; returns how many neurons were silent.
    pub fn apply(
        &self,
        network: &Network,
        recording: &Recording,
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
                for row in parameters.values_mut()[weights].chunks_exact_mut(population.size) {
                    for (weight, &fired) in row.iter_mut().zip(fired) {
                        if !fired {
                            *weight += self.amount;
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
    use crate::model::{Neuron, Projection};
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
        let silent = SilentRemedy { amount: 0.5 }.apply(&network, &recording, &mut parameters);
        assert_eq!(silent, 1);
        assert_eq!(
            parameters.weights(&network, first),
            array![[0.0, 0.5], [0.0, 0.5]]
        );
        assert_eq!(parameters.weights(&network, second), array![[0.0], [0.0]]);
        Ok(())
    }

    #[test]
    fn amounts_out_of_range_are_errors() {
        for amount in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(SilentRemedy { amount }.check().is_err());
        }
        assert!(SilentRemedy { amount: 0.0 }.check().is_ok());
    }
}
