//! The gradient of a scalar loss.

use super::finite::{first_not_finite, not_finite, parameter};
use crate::Result;
use crate::network::Population;
use crate::problem::Problem;

/// The gradient of a scalar loss, summed over the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Flat, in the order of the network's layout; zero where it was not asked for.
    pub parameters: Vec<f64>,
    /// One for each input spike, in 1/ms, in the batch's order; empty where it was not asked for.
    pub input_times: Vec<f64>,
    /// dL/d(tau_membrane) of every neuron, counted over all populations, then dL/d(tau_synapse) of every
    /// neuron, in 1/ms; empty where it was not asked for.
    pub time_constants: Vec<f64>,
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
        match first_not_finite(&self.time_constants) {
            None => Ok(self),
            Some(ix) => {
                let name = format!("time constant {ix}");
                Err(not_finite(&name, self.time_constants[ix]))
            }
        }
    }

    /// dL/d(tau_membrane) and dL/d(tau_synapse) of a population whose neurons share them: the
    /// sums over its neurons; `None` where time constants were not asked for.
    pub fn time_constants_of(&self, population: &Population) -> Option<[f64; 2]> {
        let n = self.time_constants.len() / 2;
        let sum = |half: &[f64]| Some(half.get(population.units())?.iter().sum());
        let (membrane, synapse) = self.time_constants.split_at(n);
        Some([sum(membrane)?, sum(synapse)?])
    }
}
