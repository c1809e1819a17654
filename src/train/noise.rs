//! Samples with the spikes that their network brings itself.

use std::borrow::Cow;

use rand::{Rng, RngExt};

use super::Samples;
use crate::Result;
use crate::event::SpikeBatch;
use crate::network::Network;

/// Seeds of samples that are judged; those of a training are drawn.
const JUDGED: u64 = 1 << 63;

/// The inputs of samples that are judged or looked at, with the spikes of the network's own generators and Poisson drives: those of
/// sample number `first + k` are a function of that number alone.
///
/// # Errors
/// Samples that do not fit the network.
pub fn judged_inputs<'s>(
    network: &Network,
    inputs: &'s SpikeBatch,
    duration: f64,
    first: usize,
) -> Result<Cow<'s, SpikeBatch>> {
    if !network.has_own_spikes() || inputs.is_complete() {
        return Ok(Cow::Borrowed(inputs));
    }
    let numbers = first as u64..(first + inputs.n_samples()) as u64;
    let seeds: Vec<u64> = numbers.map(|number| JUDGED | number).collect();
    Ok(Cow::Owned(
        network.complete_inputs(inputs, duration, &seeds)?,
    ))
}

impl Samples {
    /// With the spikes that the network brings itself, each sample's by a draw of its own.
    pub(super) fn with_noise(
        &self,
        network: &Network,
        duration: f64,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        let seeds: Vec<u64> = (0..self.n_samples()).map(|_| rng.random()).collect();
        let inputs = network.complete_inputs(self.inputs(), duration, &seeds)?;
        Self::new(inputs, self.labels().to_vec())
    }
}
