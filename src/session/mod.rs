//! Training that stays on a device: what an engine is told, and what it answers.
//!
//! Between steps parameters, recordings, gradients and the optimiser's state stay where
//! they are; the host sends spikes and labels and hears of the loss, or, of a loss that no device
//! knows, of what that loss looks at.

#[cfg(feature = "gpu")]
mod listed;
mod loss;
mod plan;

#[cfg(feature = "gpu")]
pub(crate) use listed::open_session;
pub use loss::{DeviceLoss, DeviceSilent, HostLoss, Judged, SessionLoss};
#[cfg(feature = "gpu")]
pub(crate) use plan::no_tensor;
pub use plan::{DeviceOptimiser, SessionPlan, TrainedTensor, Transform};

use crate::event::SpikeBatch;
use crate::{Error, Result};

/// How to take a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The learning rate.
    pub rate: f64,
    /// By how much the incoming trained weights of a neuron that is silent over the whole batch are raised, along
    /// [`SessionPlan::raise_directions`]; 0 for not at all.
    pub raise_silent: f64,
}

/// What a device says about a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchOutcome {
    /// The mean loss over the batch.
    pub loss: f64,
    /// How many samples are judged right.
    pub n_correct: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
    /// How many neurons had their incoming weights raised for being silent.
    pub raised_neurons: usize,
    /// Whether the gradient was scaled down to the norm allowed.
    pub is_clipped: bool,
    /// Whether the gradient was zero in every entry that is trained; not set where there was none.
    pub is_zero: bool,
    /// How many bytes the host read from the device.
    pub bytes_read: u64,
    /// How many bytes the host wrote to it.
    pub bytes_written: u64,
    /// How often the host wrote to it.
    pub writes: usize,
    /// How often the host handed commands over to it.
    pub submissions: usize,
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
    /// Inputs or labels that do not fit, a runaway simulation, a loss that refuses, a gradient that is not finite (the parameters
    /// are then as before), a device that fails.
    fn step(&mut self, inputs: &SpikeBatch, labels: &[usize], step: Step) -> Result<BatchOutcome>;

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
