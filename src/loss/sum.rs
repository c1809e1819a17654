//! Losses added up.

use ndarray::Array2;

use super::{Loss, LossValue};
use crate::event::Recording;
use crate::network::{Network, PopulationId};
use crate::{Error, Result, SimulationOptions, Stop};

/// A weighted sum of losses: `factor_1 loss_1 + factor_2 loss_2 + ...`
///
/// Predictions are the first term's. A simulation may end early only where all terms ask for the same end.
///
/// ```
/// use spikefront::loss::{FirstSpikeCrossEntropy, LossSum, SurplusSpikes};
/// # use spikefront::network::{Network, Neuron};
/// # let mut network = Network::builder();
/// # let hidden = network.population("hidden", 10, Neuron::leaky_integrate_and_fire());
/// # let output = network.population("output", 3, Neuron::leaky_integrate_and_fire());
/// let loss = LossSum::new()
///     .add(1.0, FirstSpikeCrossEntropy::new(output, 2.0)?)?
///     .add(0.01, SurplusSpikes::new(hidden, 1))?;
/// # Ok::<(), spikefront::Error>(())
/// ```
#[derive(Default)]
pub struct LossSum<'a> {
    terms: Vec<(f64, Box<dyn Loss + 'a>)>,
}

impl<'a> LossSum<'a> {
    /// A sum without terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a loss, multiplied by a factor.
    ///
    /// # Errors
    /// A factor that is not finite.
    pub fn add(mut self, factor: f64, loss: impl Loss + 'a) -> Result<Self> {
        if !factor.is_finite() {
            return Err(Error::invalid(
                format!("factor of loss {}", self.terms.len()),
                factor,
                "give a finite number",
            ));
        }
        self.terms.push((factor, Box::new(loss)));
        Ok(self)
    }
}

impl Loss for LossSum<'_> {
    fn evaluate(
        &self,
        network: &Network,
        recording: &Recording,
        labels: &[usize],
    ) -> Result<LossValue> {
        let mut sum: Option<LossValue> = None;
        for (factor, loss) in &self.terms {
            let mut value = loss.evaluate(network, recording, labels)?;
            value.mean *= factor;
            for entry in value.cotangent.entries_mut() {
                *entry *= factor;
            }
            match &mut sum {
                None => sum = Some(value),
                Some(sum) => {
                    sum.mean += value.mean;
                    let entries = sum.cotangent.entries_mut();
                    for (entry, more) in entries.zip(value.cotangent.entries()) {
                        *entry += more;
                    }
                }
            }
        }
        sum.ok_or_else(|| Error::invalid("sum of losses", "empty", "add at least one loss"))
    }

    /// Of the first loss, whose predictions are the sum's.
    fn left_out(&self, network: &Network, recording: &Recording, labels: &[usize]) -> usize {
        let first = self.terms.first();
        first.map_or(0, |(_, loss)| loss.left_out(network, recording, labels))
    }

    /// Of the first loss.
    fn scores(&self, network: &Network, recording: &Recording) -> Result<Option<Array2<f64>>> {
        match self.terms.first() {
            Some((_, loss)) => loss.scores(network, recording),
            None => Ok(None),
        }
    }

    fn prepare(&self, options: &mut SimulationOptions) {
        for (_, loss) in &self.terms {
            loss.prepare(options);
        }
    }

    fn stop(&self) -> Stop {
        let mut stops = self.terms.iter().map(|(_, loss)| loss.stop());
        let first = stops.next().unwrap_or_default();
        match stops.all(|stop| stop == first) {
            true => first,
            false => Stop::AtDuration,
        }
    }

    fn looks_at(&self, network: &Network) -> Vec<PopulationId> {
        let terms = self.terms.iter();
        let mut all: Vec<PopulationId> =
            terms.flat_map(|(_, loss)| loss.looks_at(network)).collect();
        all.sort_unstable_by_key(|id| id.index());
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{assert_close, assert_cotangent, spiking, voltages};
    use super::super::*;
    use super::*;

    #[test]
    fn values_and_cotangents_add_up() -> Result<()> {
        let spikes: [&[(u32, f64)]; 2] = [
            &[(0, 1.0), (1, 4.0), (2, 5.5), (1, 6.0)],
            &[(0, 2.0), (2, 3.0)],
        ];
        let (network, output, recording) = spiking(1, 2, &spikes, 20.0)?;
        let first = FirstSpikeCrossEntropy::new(output, 2.0)?;
        let price = SurplusSpikes::new(output, 0);
        let sum = |factor| LossSum::new().add(2.0, first)?.add(factor, price);
        let value = sum(0.5)?.evaluate(&network, &recording, &[0, 1])?;
        let alone = |loss: &dyn Loss| loss.evaluate(&network, &recording, &[0, 1]);
        let expected = 2.0 * alone(&first)?.mean + 0.5 * alone(&price)?.mean;
        assert_close(value.mean, expected, 1e-14);
        assert_eq!(value.predictions, alone(&first)?.predictions);
        assert_cotangent(&sum(0.5)?, &sum(0.6)?, &network, &recording, &[0, 1])
    }

    #[test]
    fn it_asks_for_what_its_terms_need() -> Result<()> {
        let (_, output, _) = voltages(2, &[1.0], &[0.1, 0.2])?;
        let first = FirstSpikeCrossEntropy::new(output, 2.0)?;
        let late = LateFirstSpikes::new(output, 5.0)?;
        let both = LossSum::new().add(1.0, first)?.add(1.0, late)?;
        assert_eq!(both.stop(), Stop::AfterFirstSpikes(output));
        let price = SurplusSpikes::new(output, 1);
        let more = LossSum::new().add(1.0, first)?.add(1.0, price)?;
        assert_eq!(more.stop(), Stop::AtDuration);
        let sum = LossSum::new()
            .add(1.0, MaximumCrossEntropy::new(output, 1.0)?)?
            .add(1.0, FinalVoltageCrossEntropy::new(output, 1.0)?)?;
        let mut options = SimulationOptions::new(7.0);
        sum.prepare(&mut options);
        assert!(options.record_maxima);
        assert_eq!(options.voltage_times, [7.0]);
        Ok(())
    }

    #[test]
    fn it_looks_at_what_its_terms_look_at() -> Result<()> {
        let (network, output, _) = spiking(1, 2, &[&[(1, 1.0)]], 5.0)?;
        let hidden = network.population_ids().next().expect("there are two");
        let sum = LossSum::new()
            .add(1.0, SurplusSpikes::new(output, 0))?
            .add(1.0, SurplusSpikes::new(hidden, 0))?
            .add(1.0, LateFirstSpikes::new(output, 5.0)?)?
            .add(1.0, IntegralCrossEntropy::new(output))?;
        assert_eq!(sum.looks_at(&network), [hidden, output]);
        assert!(
            IntegralCrossEntropy::new(output)
                .looks_at(&network)
                .is_empty()
        );
        Ok(())
    }

    #[test]
    fn misuse_is_an_error() -> Result<()> {
        let (network, output, recording) = spiking(1, 2, &[&[(1, 1.0)]], 5.0)?;
        let empty = LossSum::new();
        assert!(empty.evaluate(&network, &recording, &[0]).is_err());
        assert!(empty.add(f64::NAN, SurplusSpikes::new(output, 0)).is_err());
        Ok(())
    }
}
