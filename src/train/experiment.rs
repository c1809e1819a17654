//! A task with all its settings.

use serde::{Deserialize, Serialize};

#[cfg(feature = "hdf5")]
use super::GraphSettings;
use super::settings::is_default;
use super::{
    DataSettings, EncodingSettings, EngineSetting, GuardSettings, InitSettings, Keep,
    LayerSettings, LossSettings, NeuronSettings, PenaltySettings, SilentRemedy, StepSettings,
    TrainerSettings,
};
use crate::Method;
use crate::optim::Schedule;
use crate::problem::SimulationOptions;

/// A task, a network with one output neuron per class, layered or from a file, and how to train it.
///
/// Plain data: change a field, write it down as TOML ([`to_toml`](Self::to_toml)), read it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// How many epochs.
    pub epochs: usize,
    /// Samples per update.
    pub batch_size: usize,
    /// How long a sample runs, in ms.
    pub duration: f64,
    /// How many spikes a sample may fire before the run is refused as a runaway; that of
    /// [`SimulationOptions`] where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spike_budget: Option<usize>,
    /// With which probability each input spike is left out in training.
    #[serde(default, skip_serializing_if = "is_default")]
    pub input_dropout: f64,
    /// By up to how many pixels each training image is moved along either axis, anew in each epoch; see [`ImageShift`](super::ImageShift).
    #[serde(default, skip_serializing_if = "is_default")]
    pub image_shift: usize,
    /// What draws initial weights, the division of the data and the order of samples; below 2^63.
    #[serde(default)]
    pub seed: u64,
    /// Which epoch's weights the training ends with, is tested with and leaves behind.
    #[serde(default)]
    pub keep: Keep,
    /// What computes.
    #[serde(default)]
    pub engine: EngineSetting,
    /// Which way gradients are computed.
    #[serde(default)]
    pub method: Method,
    /// The learning rate in later epochs.
    #[serde(default)]
    pub schedule: Schedule,
    /// What is learnt.
    pub data: DataSettings,
    /// Which weights the training begins with; where it is left out they are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<InitSettings>,
    /// How features become spikes; for a task that has features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<EncodingSettings>,
    /// The network in a file, in place of neurons and layers.
    #[cfg(feature = "hdf5")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nir: Option<GraphSettings>,
    /// The neurons of all layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neuron: Option<NeuronSettings>,
    /// The layers from the inputs on; the last is the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerSettings>,
    /// The loss.
    pub loss: LossSettings,
    /// What is added to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub penalties: Vec<PenaltySettings>,
    /// The optimiser.
    pub optimiser: StepSettings,
    /// What keeps the training from going astray.
    #[serde(default)]
    pub guards: GuardSettings,
}

impl Experiment {
    /// As it is, but for another number of epochs: a cosine schedule is
    /// stretched with them, so that the learning rate still ends low.
    #[must_use]
    pub fn for_epochs(mut self, epochs: usize) -> Self {
        if let Schedule::Cosine { epochs: over } = &mut self.schedule {
            // A schedule falls over an epoch at least, even where none is trained.
            *over = epochs.max(1);
        }
        self.epochs = epochs;
        self
    }

    /// Sets the spike budget of a simulation where the experiment has one.
    pub fn limit(&self, options: &mut SimulationOptions) {
        options.spike_budget = self.spike_budget.unwrap_or(options.spike_budget);
    }

    /// The part of the settings that the trainer needs.
    pub fn trainer_settings(&self) -> TrainerSettings {
        let mut settings = TrainerSettings::new(self.duration);
        self.limit(&mut settings.simulation);
        settings.gradient.method = self.method;
        settings.gradient.slope_floor = self.guards.slope_floor;
        settings.optimiser = self.optimiser.rule;
        settings.learning_rate = self.optimiser.learning_rate;
        settings.schedule = self.schedule;
        settings.batch_size = self.batch_size;
        settings.input_dropout = self.input_dropout;
        settings.keep = self.keep;
        settings.clip_norm = self.guards.clip_norm;
        settings.silent_remedy = self.guards.raise_silent.map(|amount| SilentRemedy {
            amount,
            spread: self.guards.raise_spread,
            epochs: self.guards.raise_epochs,
        });
        settings
    }
}

#[cfg(test)]
#[path = "experiment_tests.rs"]
mod tests;
