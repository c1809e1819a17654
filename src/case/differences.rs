//! Derivatives of spike times by finite differences: a witness that knows no gradient formula.
//!
//! Differences at halved steps are extrapolated to a step of zero (Ridders 1982,
//! doi 10.1016/S0141-1195(82)80057-0), entry by entry, keeping the extrapolation
//! that moved least.

use super::columns::Group;
use super::read::Case;
use super::result::{CaseJacobian, CaseResult, CaseSpike};
use crate::engine::Engine;
use crate::statistics::median;
use crate::{ErrorKind, Result};

/// The first step, as a fraction of the parameter's scale.
const FIRST_STEP: f64 = 0.01;

/// How often the step is halved: the last is 1e-5 of the parameter's scale, where
/// rounding begins to cost more than the step's length.
const HALVINGS: usize = 10;

/// A Jacobian from finite differences.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// Spikes and derivatives; NaN where no step left the spikes' number as it was.
    pub result: CaseResult,
    /// How many simulations it took.
    pub n_simulations: usize,
}

impl Differences {
    /// Differentiates every spike time of a case by every parameter.
    ///
    /// # Errors
    /// A case too large to be one; whatever the engine refuses.
    pub fn new(case: &Case, engine: &dyn Engine) -> Result<Self> {
        let spikes = case.network()?.spikes(engine)?;
        let mut witness = Witness {
            case,
            engine,
            spikes: &spikes,
            n_simulations: 1,
        };
        let jacobian = CaseJacobian {
            weights: witness.group(Group::Weights)?,
            delays: if case.has_delay_derivatives() {
                Some(witness.group(Group::Delays)?)
            } else {
                None
            },
            thresholds: witness.group(Group::Thresholds)?,
            input_times: witness.group(Group::InputTimes)?,
        };
        let n_simulations = witness.n_simulations;
        Ok(Self {
            result: CaseResult {
                spikes,
                grazing_spikes: 0,
                jacobian,
            },
            n_simulations,
        })
    }
}

/// On which sides of the parameter's value to look.
#[derive(Clone, Copy)]
enum Side {
    Both,
    Above,
    Below,
}

struct Witness<'a> {
    case: &'a Case,
    engine: &'a dyn Engine,
    spikes: &'a [CaseSpike],
    n_simulations: usize,
}

impl Witness<'_> {
    fn group(&mut self, group: Group) -> Result<Vec<Vec<f64>>> {
        let n_columns = self.case.n_columns(group);
        let mut rows = vec![vec![f64::NAN; n_columns]; self.spikes.len()];
        for column in 0..n_columns {
            for side in [Side::Both, Side::Above, Side::Below] {
                // At the edge of what is allowed, a delay or time of zero, only one side exists.
                let Some(derivatives) = self.column(group, column, side)? else {
                    continue;
                };
                for (row, derivative) in rows.iter_mut().zip(derivatives) {
                    row[column] = derivative;
                }
                break;
            }
        }
        Ok(rows)
    }

    /// One column, or `None` where no step could be taken.
    fn column(&mut self, group: Group, column: usize, side: Side) -> Result<Option<Vec<f64>>> {
        let mut levels: Vec<Vec<f64>> = Vec::new();
        let mut step = FIRST_STEP * self.scale(group, column);
        for _ in 0..=HALVINGS {
            match self.difference(group, column, side, step)? {
                Some(level) => levels.push(level),
                None => levels.clear(),
            }
            step *= 0.5;
        }
        if levels.len() < 2 {
            return Ok(None);
        }
        // The error of a central difference has even powers of the step only.
        let power = match side {
            Side::Both => 4.0,
            Side::Above | Side::Below => 2.0,
        };
        let entry = |row: usize| {
            let values: Vec<f64> = levels.iter().map(|level| level[row]).collect();
            extrapolate(&values, power)
        };
        Ok(Some((0..self.spikes.len()).map(entry).collect()))
    }

    fn difference(
        &mut self,
        group: Group,
        column: usize,
        side: Side,
        step: f64,
    ) -> Result<Option<Vec<f64>>> {
        let here: Option<Vec<f64>> = Some(self.spikes.iter().map(|spike| spike.time).collect());
        let (above, below, width) = match side {
            Side::Both => (
                self.times(group, column, step)?,
                self.times(group, column, -step)?,
                2.0 * step,
            ),
            Side::Above => (self.times(group, column, step)?, here, step),
            Side::Below => (here, self.times(group, column, -step)?, step),
        };
        Ok(above.zip(below).map(|(above, below)| {
            let pairs = above.iter().zip(&below);
            pairs
                .map(|(above, below)| (above - below) / width)
                .collect()
        }))
    }

    /// Spike times with one parameter shifted, in the order of the unshifted
    /// spikes; `None` where the shift is not allowed or some neuron fires more
    /// or less often.
    fn times(&mut self, group: Group, column: usize, shift: f64) -> Result<Option<Vec<f64>>> {
        let Some(value) = self.case.value(group, column) else {
            return Ok(None);
        };
        let shifted = self
            .case
            .with_value(group, column, value + shift)
            .and_then(|case| case.network());
        let network = match shifted {
            Ok(network) => network,
            Err(error) if error.kind() == ErrorKind::Invalid => return Ok(None),
            Err(error) => return Err(error),
        };
        self.n_simulations += 1;
        let found = network.spikes(self.engine)?;
        Ok(self.matched(&found))
    }

    /// The same neuron's same spike, whatever its place in the order.
    fn matched(&self, found: &[CaseSpike]) -> Option<Vec<f64>> {
        if found.len() != self.spikes.len() {
            return None;
        }
        let mut queues = vec![Vec::new(); self.case.n_neurons()];
        for spike in found.iter().rev() {
            queues[spike.neuron].push(spike.time);
        }
        let times = self.spikes.iter();
        times.map(|spike| queues[spike.neuron].pop()).collect()
    }

    /// How large a change of the parameter is a large one.
    fn scale(&self, group: Group, column: usize) -> f64 {
        let size = self.case.value(group, column).unwrap_or(0.0).abs();
        let neurons = self.case.neurons.iter();
        let scale = match group {
            Group::Weights => {
                let weights = self.case.synapses.iter();
                let typical = median(weights.map(|synapse| synapse.weight.abs()));
                size.max(0.1 * typical.unwrap_or(0.0))
            }
            Group::Thresholds => size,
            Group::Delays | Group::InputTimes => {
                let taus = neurons.map(|neuron| neuron.tau_membrane.min(neuron.tau_synapse));
                median(taus).unwrap_or(0.0)
            }
        };
        if scale > 0.0 { scale } else { 1.0 }
    }
}

/// The limit of differences at steps halved each time, by Richardson's
/// extrapolation; `power` is what halving the step divides the leading error by.
fn extrapolate(levels: &[f64], power: f64) -> f64 {
    let mut best = (f64::INFINITY, f64::NAN);
    let mut previous: Vec<f64> = Vec::new();
    for &level in levels {
        let mut row = vec![level];
        let mut factor = 1.0;
        for (order, &coarser) in previous.iter().enumerate() {
            factor *= power;
            let finer = row[order] + (row[order] - coarser) / (factor - 1.0);
            let moved = (finer - row[order]).abs().max((finer - coarser).abs());
            if moved < best.0 {
                best = (moved, finer);
            }
            row.push(finer);
        }
        previous = row;
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extrapolation_finds_a_derivative_to_ten_digits() {
        let function = |x: f64| (3.0 * x).sin() * x.exp();
        let exact = 3.0 * (3.0_f64).cos() * 1_f64.exp() + (3.0_f64).sin() * 1_f64.exp();
        let steps = (0..=HALVINGS).map(|k| 0.1 * 0.5_f64.powi(k as i32));
        let central: Vec<f64> = steps
            .clone()
            .map(|h| (function(1.0 + h) - function(1.0 - h)) / (2.0 * h))
            .collect();
        let forward: Vec<f64> = steps
            .map(|h| (function(1.0 + h) - function(1.0)) / h)
            .collect();
        assert!((extrapolate(&central, 4.0) / exact - 1.0).abs() < 1e-10);
        assert!((extrapolate(&forward, 2.0) / exact - 1.0).abs() < 1e-9);
        assert!(extrapolate(&[1.0], 4.0).is_nan());
    }
}
