//! A task with all its settings.

use serde::{Deserialize, Serialize};

use super::{
    DataSettings, EncodingSettings, EngineSetting, GuardSettings, LayerSettings, LossSettings,
    NeuronSettings, PenaltySettings, SilentRemedy, StepSettings, TrainerSettings,
};
use crate::Method;
use crate::optim::Schedule;

/// A task, a layered network with one output neuron per class, and how to train it.
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
    /// With which probability each input spike is left out in training.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub input_dropout: f64,
    /// What draws initial weights, the division of the data and the order of samples; below 2^63.
    #[serde(default)]
    pub seed: u64,
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
    /// How features become spikes; for a task that has features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<EncodingSettings>,
    /// The neurons.
    pub neuron: NeuronSettings,
    /// The layers from the inputs on; the last is the output.
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

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Experiment {
    /// As it is, but for another number of epochs: a cosine schedule is
    /// stretched with them, so that the learning rate still ends low.
    pub fn for_epochs(mut self, epochs: usize) -> Self {
        if let Schedule::Cosine { epochs: over } = &mut self.schedule {
            *over = epochs;
        }
        self.epochs = epochs;
        self
    }

    /// The part of the settings that the trainer needs.
    pub fn trainer_settings(&self) -> TrainerSettings {
        let mut settings = TrainerSettings::new(self.duration);
        settings.gradient.method = self.method;
        settings.gradient.slope_floor = self.guards.slope_floor;
        settings.optimiser = self.optimiser.rule;
        settings.learning_rate = self.optimiser.learning_rate;
        settings.schedule = self.schedule;
        settings.batch_size = self.batch_size;
        settings.input_dropout = self.input_dropout;
        settings.clip_norm = self.guards.clip_norm;
        settings.silent_remedy = self
            .guards
            .raise_silent
            .map(|amount| SilentRemedy { amount });
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;
    use crate::cpu::CpuEngine;
    use crate::train::{DelaySettings, Task};

    #[test]
    fn a_cosine_is_stretched_with_the_epochs() -> Result<()> {
        let experiment = Experiment::preset(Task::YinYang, "default")?.for_epochs(7);
        assert_eq!(experiment.epochs, 7);
        assert_eq!(experiment.schedule, Schedule::Cosine { epochs: 7 });
        let constant = Experiment::preset(Task::Xor, "paper")?.for_epochs(7);
        assert_eq!(constant.schedule, Schedule::Constant);
        Ok(())
    }

    #[test]
    fn drive_and_refractory_time_reach_the_network() -> Result<()> {
        let mut experiment = Experiment::preset(Task::YinYang, "default")?;
        let (network, output) = experiment.network(5)?;
        assert_eq!(network.population(output).neuron.drive.get(0), 1.1);
        assert_eq!(network.populations()[0].neuron.drive.get(0), 0.0);
        let held = crate::model::Reset::To {
            potential: 0.0.into(),
            refractory: experiment.duration.into(),
        };
        assert_eq!(network.population(output).neuron.reset, held);
        experiment.neuron.refractory = -1.0;
        assert!(experiment.network(5).is_err());
        experiment.neuron.refractory = 0.0;
        experiment.layers[1].drive = f64::NAN;
        assert!(experiment.network(5).is_err());
        Ok(())
    }

    #[test]
    fn delays_are_drawn_by_the_seed_and_trained_at_their_rate() -> Result<()> {
        let mut experiment = Experiment::preset(Task::YinYang, "delays")?;
        experiment.layers[0].delays = Some(DelaySettings {
            latest: 5.0,
            rate: 0.0,
        });
        let delays = |experiment: &Experiment, seed| -> Result<_> {
            let prepared = experiment.prepare(seed)?;
            let engine = CpuEngine::new().threads(1)?;
            let mut trainer = prepared.trainer(&engine)?;
            let before = trainer.parameters().clone();
            trainer.step(&prepared.train.select(&[0, 1, 2, 3]))?;
            let after = trainer.parameters().values();
            Ok(prepared
                .network
                .projection_ids()
                .map(|id| {
                    let range = before.layout().delays(id);
                    (
                        before.values()[range.clone()].to_vec(),
                        after[range].to_vec(),
                    )
                })
                .collect::<Vec<_>>())
        };
        let drawn = delays(&experiment, 3)?;
        assert_eq!(drawn, delays(&experiment, 3)?);
        assert_ne!(drawn, delays(&experiment, 4)?);
        let [(first, first_after), (second, second_after)] = &drawn[..] else {
            panic!("two layers");
        };
        assert_eq!(first, first_after, "rate 0");
        assert_ne!(second, second_after);
        assert!(first.iter().all(|delay| (0.0..5.0).contains(delay)));
        assert!(second.iter().any(|&delay| delay > 5.0));
        experiment.layers[0].delays = Some(DelaySettings {
            latest: -1.0,
            rate: 0.0,
        });
        let error = experiment.prepare(0).expect_err("a negative delay");
        assert!(
            error.to_string().contains("layers.0.delays.latest"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn unfit_layers_are_errors() -> Result<()> {
        let mut experiment = Experiment::preset(Task::Xor, "default")?;
        experiment.layers[1].size = 3;
        let error = experiment.prepare(0).expect_err("two classes");
        assert!(
            error.to_string().contains("size of the output layer is 3"),
            "{error}"
        );
        experiment.layers.clear();
        assert!(experiment.prepare(0).is_err());
        Ok(())
    }
}
