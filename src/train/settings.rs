//! The parts of an experiment's settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Task;
use crate::data::LatencyEncoder;
use crate::network::Reset;
use crate::optim::OptimiserSettings;
use crate::{Error, GradientOptions, Result};

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineSetting {
    /// A hardware GPU if there is one, else the CPU.
    #[default]
    Auto,
    /// The reference: f64 on the processor's cores.
    Cpu,
    /// f32 on a GPU, or on a software driver where there is none.
    Gpu,
}

/// What is learnt, and where its files are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The data set with its division.
    pub task: Task,
    /// The folder of its files, for a set that does not ship with the crate;
    /// seen from where the program was started. Of `features` it may also be one file, which is divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Of spike trains from files: to how many input channels neighbouring units are pooled; each unit has a
    /// channel of its own where this is left out. No spike is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Of images from files: how many of the training images, the last ones, are for validation, 0 for none; a
    /// twelfth where this is left out, which is 5,000 of MNIST's 60,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<usize>,
    /// Of `delayed-xor`: the time between the cues, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<f64>,
    /// Of `features` in a `.csv` file: the column of labels; the last where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Of `features` in a `.csv` file: the columns of features; all others where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// Of `features` in one file: which share of each class, drawn by the seed, is the test set; a fifth where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_fraction: Option<f64>,
    /// Of `features` in one file: which share of each class, drawn by the seed, is the validation set; there is none where
    /// this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_fraction: Option<f64>,
}

impl DataSettings {
    /// A task without settings of its own.
    pub fn new(task: Task) -> Self {
        Self {
            task,
            folder: None,
            channels: None,
            validation: None,
            gap: None,
            label: None,
            columns: None,
            test_fraction: None,
            validation_fraction: None,
        }
    }
}

/// Which weights a training begins with, in place of drawn ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitSettings {
    /// An `.npz` file as [`write_parameters`](super::write_parameters) writes it; seen from where the program was started.
    pub file: PathBuf,
    /// Whether the file may lack arrays, which are drawn then, and have others, which are not taken.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partial: bool,
    /// What the file was when the run began: another one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// How features become spikes; see [`LatencyEncoder`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncodingSettings {
    /// When the smallest value spikes, in ms.
    pub earliest: f64,
    /// When the largest value spikes, in ms.
    pub latest: f64,
    /// When a channel of its own spikes in every sample, in ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<f64>,
    /// Whether large values are early instead.
    #[serde(default)]
    pub inverted: bool,
    /// Below which value a feature sends no spike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_below: Option<f64>,
}

impl EncodingSettings {
    /// The encoder.
    ///
    /// # Errors
    /// A time or a value out of its range.
    pub fn encoder(&self) -> Result<LatencyEncoder> {
        let mut encoder = LatencyEncoder::new(self.earliest, self.latest)?;
        if let Some(bias) = self.bias {
            encoder = encoder.with_bias(bias)?;
        }
        if let Some(value) = self.skip_below {
            encoder = encoder.skip_below(value)?;
        }
        Ok(if self.inverted {
            encoder.inverted()
        } else {
            encoder
        })
    }
}

/// The neurons of all layers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeuronSettings {
    /// Membrane time constant, in ms.
    pub tau_membrane: f64,
    /// Synaptic time constant, in ms.
    pub tau_synapse: f64,
    /// The potential at which a neuron fires.
    pub threshold: f64,
    /// The potential after a spike; none where the threshold is subtracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_to: Option<f64>,
    /// How long the potential is held after a spike, in ms; only where it is
    /// reset to a value. As long as a sample runs, it leaves each neuron its
    /// first spike.
    #[serde(default)]
    pub refractory: f64,
}

impl NeuronSettings {
    /// What happens at a spike.
    ///
    /// # Errors
    /// A refractory time where the threshold is subtracted.
    pub fn reset(&self) -> Result<Reset> {
        match self.reset_to {
            Some(potential) => Ok(Reset::To {
                potential: potential.into(),
                refractory: self.refractory.into(),
            }),
            None if self.refractory == 0.0 => Ok(Reset::Subtract),
            None => Err(Error::invalid(
                "refractory time",
                format!("{} ms", self.refractory),
                "give reset_to as well, or no refractory time: a threshold is subtracted without one",
            )),
        }
    }
}

/// From gradients to steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSettings {
    /// The learning rate of the first epoch.
    pub learning_rate: f64,
    /// The optimiser.
    pub rule: OptimiserSettings,
}

/// What keeps a training from going astray. Each departs from plain gradient descent, is off
/// unless named, and is counted in the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardSettings {
    /// Bounds the gradient event by event: the derivative of a spike that reaches its threshold more slowly
    /// than this, relative to its neuron's own scale, is computed as if this were its slope; see
    /// [`GradientOptions::slope_floor`]. Where it is not named it is so small, 1e-5, that it only keeps numbers finite.
    pub slope_floor: f64,
    /// Bounds the gradient as a whole: one whose Euclidean norm is larger is scaled down to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// By how much the incoming weights of a neuron that is silent over a whole batch are
    /// raised, 0 for not at all; see [`SilentRemedy`](super::SilentRemedy).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raise_silent: Option<f64>,
    /// How far apart their directions are; see [`SilentRemedy`](super::SilentRemedy). Zero, which is the default: all
    /// weights go up alike.
    #[serde(skip_serializing_if = "is_default")]
    pub raise_spread: f64,
    /// For how many epochs they are raised; all where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raise_epochs: Option<usize>,
}

/// Whether a setting is what it is where it is left out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl GuardSettings {
    /// Refuses settings of a remedy that is not named.
    pub(super) fn check(&self) -> Result<()> {
        if self.raise_silent.is_some() {
            return Ok(());
        }
        let remedy = "name guards.raise_silent, by how much they are raised, or leave this out";
        if self.raise_spread != 0.0 {
            return Err(Error::invalid(
                "guards.raise_spread",
                self.raise_spread,
                remedy,
            ));
        }
        match self.raise_epochs {
            Some(epochs) => Err(Error::invalid("guards.raise_epochs", epochs, remedy)),
            None => Ok(()),
        }
    }
}

impl Default for GuardSettings {
    fn default() -> Self {
        Self {
            slope_floor: GradientOptions::default().slope_floor,
            clip_norm: None,
            raise_silent: None,
            raise_spread: 0.0,
            raise_epochs: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refractory_time_needs_a_potential_to_hold() -> Result<()> {
        let mut neuron = NeuronSettings {
            tau_membrane: 20.0,
            tau_synapse: 5.0,
            threshold: 1.0,
            reset_to: Some(-0.5),
            refractory: 3.0,
        };
        let held = Reset::To {
            potential: (-0.5).into(),
            refractory: 3.0.into(),
        };
        assert_eq!(neuron.reset()?, held);
        neuron.reset_to = None;
        let error = neuron.reset().expect_err("nothing to hold");
        assert!(
            error.to_string().contains("refractory time is 3 ms"),
            "{error}"
        );
        neuron.refractory = 0.0;
        assert_eq!(neuron.reset()?, Reset::Subtract);
        Ok(())
    }
}
