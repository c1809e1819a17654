//! How a network is trained.

use super::clip::check_clip;
use super::{ImageShift, Keep, ParameterGroups, SilentRemedy};
use crate::network::check_slope_floor;
use crate::optim::{OptimiserSettings, Schedule};
use crate::{Error, GradientOptions, Result, SimulationOptions};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerSettings {
    /// How to simulate. Where it says to run to the end, training and
    /// evaluation end as early as the loss allows.
    pub simulation: SimulationOptions,
    /// What is trained (weights by default) and how its gradient is computed.
    pub gradient: GradientOptions,
    /// Which optimiser.
    pub optimiser: OptimiserSettings,
    /// The learning rate of the first epoch, above zero.
    pub learning_rate: f64,
    /// The learning rate in later epochs.
    pub schedule: Schedule,
    /// Samples per update.
    pub batch_size: usize,
    /// With which probability each input spike of a training sample is left out, from 0 to below 1; drawn
    /// anew in each epoch.
    pub input_dropout: f64,
    /// Whether, and how far, to move images before they are trained on.
    pub image_shift: Option<ImageShift>,
    /// The largest Euclidean norm of a gradient, above zero: one that is longer is scaled down to it.
    pub clip_norm: Option<f64>,
    /// Which parameters are trained at which multiple of the learning rate; otherwise everything that
    /// `gradient` asks for, at the learning rate.
    pub groups: Option<ParameterGroups>,
    /// Which epoch's parameters [`keep`](super::Trainer::keep) puts in place.
    pub keep: Keep,
    /// Whether, and how far, to raise the weights of silent neurons.
    pub silent_remedy: Option<SilentRemedy>,
}

impl TrainerSettings {
    /// Runs of `duration` ms; Adam with a constant learning rate of 0.001 on
    /// the weights, in batches of 32, without clipping or remedy.
    pub fn new(duration: f64) -> Self {
        Self {
            simulation: SimulationOptions::new(duration),
            gradient: GradientOptions::default(),
            optimiser: OptimiserSettings::ADAM,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            batch_size: 32,
            input_dropout: 0.0,
            image_shift: None,
            clip_norm: None,
            groups: None,
            keep: Keep::Last,
            silent_remedy: None,
        }
    }

    /// Refuses what is out of its range whatever the network.
    pub(super) fn check(&self) -> Result<()> {
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(Error::invalid(
                "learning rate",
                self.learning_rate,
                "give a finite number above zero",
            ));
        }
        self.schedule.check()?;
        check_slope_floor(self.gradient.slope_floor)?;
        if self.simulation.spike_budget == 0 {
            let remedy = "a sample needs at least one spike: give a number above zero";
            return Err(Error::invalid("spike_budget", 0, remedy));
        }
        if !(0.0..1.0).contains(&self.input_dropout) {
            return Err(Error::invalid(
                "input_dropout",
                self.input_dropout,
                "give a probability from 0 to below 1",
            ));
        }
        if let Some(most) = self.clip_norm {
            check_clip(most)?;
        }
        if let Some(remedy) = self.silent_remedy {
            remedy.check()?;
        }
        Ok(())
    }
}
