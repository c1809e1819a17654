//! A price on spikes: too many of them, or all.

use super::check::{check_labels, spiking};
use super::targets::fired;
use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Cotangent, Result};

/// A penalty on every spike of a neuron beyond a number that is free.
///
/// With T the length of the run and t_n the n-th spike of a neuron, counted from 1, the mean over
/// the batch of
///
/// ```text
/// sum over neurons and n > allowance of (1 - t_n / T)^2
/// ```
///
/// A *number* of spikes has the gradient zero wherever it has one: nothing exact can be descended there, and no
/// gradient is made up here. What has one is when a spike comes. This penalty pushes the spikes that are too many
/// towards the end of the run, and it and its derivative vanish as a spike leaves through the end: there its
/// value is continuous. Where a spike vanishes because its peak sinks below the threshold the value jumps,
/// as every function of spikes does. With an allowance of 0 it is a price on all spikes, which is what energy
/// is counted in.
///
/// There is no such penalty on too few spikes: a spike that does not exist has no time. Near silence
/// [`LateFirstSpikes`](super::LateFirstSpikes) has an exact gradient, and in silence there
/// is only a remedy ([`SilentRemedy`](crate::train::SilentRemedy)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurplusSpikes {
    population: PopulationId,
    allowance: usize,
}

impl SurplusSpikes {
    /// Every neuron of `population` may fire `allowance` times in a sample for nothing.
    pub fn new(population: PopulationId, allowance: usize) -> Self {
        Self {
            population,
            allowance,
        }
    }
}

impl Loss for SurplusSpikes {
    /// Makes no predictions.
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let population = spiking(network, self.population)?;
        check_labels(recording, labels, usize::MAX)?;
        let (share, duration) = (1.0 / labels.len() as f64, recording.duration());
        let mut value = LossValue {
            mean: 0.0,
            cotangent: Cotangent::zeros(recording),
            predictions: vec![None; labels.len()],
        };
        for sample in 0..labels.len() {
            for spikes in fired(recording, sample, population.units()) {
                for ix in spikes.into_iter().skip(self.allowance) {
                    let left = 1.0 - recording.times()[ix] / duration;
                    value.mean += share * left * left;
                    value.cotangent.spike_times[ix] = -2.0 * share * left / duration;
                }
            }
        }
        Ok(value)
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
        let spikes: [&[(u32, f64)]; 2] = [
            &[(0, 1.0), (1, 4.0), (2, 5.0), (1, 6.0), (1, 10.0)],
            &[(2, 15.0), (2, 20.0)],
        ];
        let (network, population, recording) = spiking(1, 2, &spikes, 20.0)?;
        let loss = SurplusSpikes::new(population, 1);
        let value = loss.evaluate(&network, &recording, &[0, 0])?;
        assert_close(value.mean, 0.5 * (0.49 + 0.25), 1e-14);
        let all = SurplusSpikes::new(population, 0);
        let value = all.evaluate(&network, &recording, &[0, 0])?;
        let expected = 0.64 + 0.49 + 0.25 + 0.5625 + 0.0625;
        assert_close(value.mean, 0.5 * expected, 1e-14);
        assert_cotangent(&loss, &all, &network, &recording, &[0, 0])?;
        assert_cotangent(&all, &loss, &network, &recording, &[0, 0])
    }

    #[test]
    fn a_readout_has_no_spikes() -> Result<()> {
        let (network, population, recording) = readout(2, &[1.0, 2.0])?;
        let loss = SurplusSpikes::new(population, 1);
        assert!(loss.evaluate(&network, &recording, &[0]).is_err());
        Ok(())
    }
}
