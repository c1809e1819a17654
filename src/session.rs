//! Training that stays on a device: what an engine is told, and what it answers.
//!
//! Between steps parameters, recordings, gradients and the optimiser's state stay where
//! they are; the host sends spikes and labels and hears of the loss.

use std::sync::Arc;

use crate::event::SpikeBatch;
use crate::network::{Network, Parameters, PopulationId};
use crate::problem::SimulationOptions;
use crate::{Error, Result};

/// A loss in a form that devices know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceLoss {
    /// The cross-entropy of first spike times.
    FirstSpike {
        /// The output population, a neuron per class.
        population: PopulationId,
        /// tau_0, in ms.
        scale: f64,
        /// gamma and tau_1, in ms, of the term that rewards early spikes.
        early: Option<(f64, f64)>,
        /// What silent outputs count as.
        silent: DeviceSilent,
    },
}

/// What an output that never fires counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceSilent {
    /// As firing at the end of the run.
    AtEnd,
    /// As absent; a sample whose label's neuron is silent contributes nothing.
    LeftOut,
}

/// An optimiser in a form that devices know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceOptimiser {
    /// Gradient descent with momentum.
    Sgd {
        /// Share of the previous step that is taken again.
        momentum: f64,
    },
    /// Adam.
    Adam {
        /// How slowly the mean gradient follows.
        beta1: f64,
        /// How slowly the mean square gradient follows.
        beta2: f64,
        /// Added to the root of the mean square gradient.
        epsilon: f64,
    },
}

/// What is to be trained on a device: the weights of a network.
#[derive(Debug, Clone, Copy)]
pub struct SessionPlan<'a> {
    /// The structure, which the session keeps.
    pub network: &'a Arc<Network>,
    /// The initial values.
    pub parameters: &'a Parameters,
    /// How to simulate.
    pub simulation: &'a SimulationOptions,
    /// Below which slope a spike counts as grazing, relative to its neuron's own scale; see
    /// [`GradientOptions::slope_floor`](crate::GradientOptions::slope_floor).
    pub slope_floor: f64,
    /// The loss.
    pub loss: DeviceLoss,
    /// The optimiser.
    pub optimiser: DeviceOptimiser,
    /// By how much the incoming weights of a neuron that is silent over a whole batch are raised; 0 for not at all.
    pub raise_silent: f64,
}

/// What a device says about a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchOutcome {
    /// The mean loss over the batch.
    pub loss: f64,
    /// How many samples' first output spike is their label's.
    pub n_correct: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
    /// How many neurons had their incoming weights raised for being silent.
    pub raised_neurons: usize,
}

/// What an optimiser remembers from step to step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OptimiserState {
    /// How many steps it has taken.
    pub steps: u64,
    /// By name, with one number for each parameter: `mean` and `square` of Adam, `velocity` of
    /// gradient descent. None where there are no steps yet.
    pub arrays: Vec<(String, Vec<f64>)>,
}

impl OptimiserState {
    /// The arrays of these names, of `n` numbers each; empty before the first step.
    ///
    /// # Errors
    /// Other names, or another length.
    pub fn named<const N: usize>(&self, names: [&str; N], n: Option<usize>) -> Result<[&[f64]; N]> {
        if self.arrays.is_empty() && self.steps == 0 {
            return Ok([&[]; N]);
        }
        let found = self.arrays.iter().map(|(name, _)| name.as_str());
        let fits = |values: &[f64]| n.is_none_or(|n| values.len() == n);
        if !found.clone().eq(names) || !self.arrays.iter().all(|(_, values)| fits(values)) {
            let found: Vec<String> = self
                .arrays
                .iter()
                .map(|(name, values)| format!("{name} ({})", values.len()))
                .collect();
            let length = n.map_or(String::new(), |n| format!(", {n} numbers each"));
            return Err(Error::invalid(
                "what the optimiser remembers",
                found.join(", "),
                format!("give {}{length}", names.join(" and ")),
            ));
        }
        Ok(std::array::from_fn(|ix| self.arrays[ix].1.as_slice()))
    }
}

/// A training in progress on a device; it owns what it keeps.
pub trait Session: Send {
    /// One update on one batch.
    ///
    /// # Errors
    /// Inputs or labels that do not fit, a runaway simulation, a device that fails.
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], rate: f64) -> Result<BatchOutcome>;

    /// Judges the network on samples, without training on them.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    fn evaluate(&mut self, inputs: &SpikeBatch, labels: &[usize]) -> Result<BatchOutcome>;

    /// The parameters as they are now, flat.
    ///
    /// # Errors
    /// A device that fails.
    fn parameters(&mut self) -> Result<Vec<f64>>;

    /// Replaces the parameters; the optimiser goes on as it was.
    ///
    /// # Errors
    /// Another number of values than the network has.
    fn set_parameters(&mut self, values: &[f64]) -> Result<()>;

    /// What the optimiser remembers.
    ///
    /// # Errors
    /// A device that fails.
    fn optimiser(&mut self) -> Result<OptimiserState>;

    /// Lets the optimiser go on from what one like it remembered.
    ///
    /// # Errors
    /// Arrays of another optimiser, or of another length than the parameters.
    fn set_optimiser(&mut self, state: &OptimiserState) -> Result<()>;
}
