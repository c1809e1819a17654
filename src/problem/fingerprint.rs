//! What a recording remembers of the problem that it was made of.

use super::Problem;
use crate::event::Fingerprint;
use crate::network::{Network, PerNeuron, Reset};
use crate::{Error, Result};

impl Problem<'_> {
    /// Sums over the bits of everything that a recording depends on.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let units = self.inputs.units().iter().map(|&unit| f64::from(unit));
        let mut inputs = Sum::default();
        inputs.add(self.inputs.times());
        inputs.add(&units.collect::<Vec<f64>>());
        for sample in 0..self.inputs.n_samples() {
            inputs.add(&[self.inputs.range(sample).end as f64]);
        }
        let mut parameters = Sum::default();
        parameters.add(self.parameters.values());
        Fingerprint {
            neurons: neurons(self.network),
            parameters: parameters.finish(),
            inputs: inputs.finish(),
        }
    }

    /// Refuses a recording of other neurons, parameters or inputs.
    ///
    /// # Errors
    /// What is not as it was when the recording was made.
    pub(crate) fn check_fingerprint(&self, made_of: Option<&Fingerprint>) -> Result<()> {
        let Some(made_of) = made_of else {
            return Ok(());
        };
        let given = self.fingerprint();
        let what = if made_of.neurons != given.neurons {
            "other neurons"
        } else if made_of.parameters != given.parameters {
            "other parameters"
        } else if made_of.inputs != given.inputs {
            "other input spikes"
        } else {
            return Ok(());
        };
        Err(Error::invalid(
            "recording",
            format!("of {what} than this problem's"),
            "simulate this problem, and differentiate that recording",
        ))
    }
}

/// Reset potentials and refractory times; all else of a neuron is a parameter.
fn neurons(network: &Network) -> u64 {
    let mut sum = Sum::default();
    for population in network.populations() {
        let values = match &population.neuron.reset {
            Reset::Subtract => Vec::new(),
            Reset::To {
                potential,
                refractory,
            } => vec![potential, refractory],
        };
        sum.add(&[population.size as f64, values.len() as f64]);
        values.into_iter().for_each(|values| match values {
            PerNeuron::Same(value) => sum.add(&[*value]),
            PerNeuron::Each(values) => sum.add(values),
        });
    }
    sum.finish()
}

const LANES: usize = 8;

/// Two running sums in each of several lanes, as Fletcher's checksum has them, so that order counts. Additions
/// alone: a gradient of a large network takes no longer for it.
#[derive(Default)]
struct Sum {
    plain: [u64; LANES],
    weighted: [u64; LANES],
    len: u64,
}

impl Sum {
    fn add(&mut self, values: &[f64]) {
        // Zero and minus zero are one number.
        let bits = |value: f64| (value + 0.0).to_bits();
        let (chunks, rest) = values.as_chunks::<LANES>();
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        for chunk in chunks.iter().chain((!rest.is_empty()).then_some(&last)) {
            for (lane, &value) in chunk.iter().enumerate() {
                self.plain[lane] = self.plain[lane].wrapping_add(bits(value));
                self.weighted[lane] = self.weighted[lane].wrapping_add(self.plain[lane]);
            }
        }
        self.len = self.len.wrapping_add(values.len() as u64);
    }

    fn finish(&self) -> u64 {
        let lanes = self.plain.iter().zip(&self.weighted);
        lanes.fold(self.len, |hash, (&plain, &weighted)| {
            // An odd multiplier near 2^64 over the golden ratio.
            let mixed = (hash ^ plain).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed.rotate_left(31) ^ weighted).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> u64 {
        let mut sum = Sum::default();
        sum.add(values);
        sum.finish()
    }

    #[test]
    fn every_value_and_its_place_count() {
        let values: Vec<f64> = (0..21).map(|ix| f64::from(ix).sin()).collect();
        let whole = sum(&values);
        for ix in 0..values.len() {
            let mut other = values.clone();
            other[ix] = other[ix].next_up();
            assert_ne!(sum(&other), whole, "{ix}");
        }
        for (x, y) in [(0, 1), (0, 8), (3, 20)] {
            let mut other = values.clone();
            other.swap(x, y);
            assert_ne!(sum(&other), whole, "{x} {y}");
        }
        let mut longer = values.clone();
        longer.push(0.0);
        assert_ne!(sum(&longer), whole);
        assert_eq!(sum(&[0.0]), sum(&[-0.0]));
    }
}
