//! The gradient of a scalar loss.

use super::finite::{first_not_finite, not_finite, parameter};
use crate::Result;
use crate::problem::Problem;

/// The gradient of a scalar loss, summed over the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Flat, in the order of the network's layout; zero where it was not asked for.
    pub parameters: Vec<f64>,
    /// One for each input spike, in 1/ms, in the batch's order; empty where it was not asked for.
    pub input_times: Vec<f64>,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Gradient {
    /// Refuses one that is not finite.
    pub(crate) fn finite(self, problem: &Problem<'_>) -> Result<Self> {
        if let Some(ix) = first_not_finite(&self.parameters) {
            return Err(not_finite(&parameter(problem, ix), self.parameters[ix]));
        }
        if let Some(ix) = first_not_finite(&self.input_times) {
            return Err(not_finite(
                &format!("input time {ix}"),
                self.input_times[ix],
            ));
        }
        Ok(self)
    }
}
