//! A task with all its settings.

use serde::{Deserialize, Serialize};

use super::{
    EncodingSettings, LayerSettings, LossSettings, NeuronSettings, Samples, SilentRemedy, Task,
    Trainer, TrainerSettings,
};
use crate::data::Splits;
use crate::loss::FirstSpikeCrossEntropy;
use crate::model::{Distribution, Network, Neuron, PopulationId, Projection, Source};
use crate::optim::{OptimiserSettings, Schedule};
use crate::{Engine, Error, Result};

/// A task, a layered network with one output neuron per class, and how to train it.
///
/// Plain data: change a field, write it down as JSON, read it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// What is learnt.
    pub task: Task,
    /// How features become spikes.
    pub encoding: EncodingSettings,
    /// The neurons.
    pub neuron: NeuronSettings,
    /// The layers from the inputs on; the last is the output.
    pub layers: Vec<LayerSettings>,
    /// How long a sample runs, in ms.
    pub duration: f64,
    /// The loss.
    pub loss: LossSettings,
    /// The optimiser.
    pub optimiser: OptimiserSettings,
    /// The learning rate of the first epoch.
    pub learning_rate: f64,
    /// The learning rate in later epochs.
    pub schedule: Schedule,
    /// How many epochs.
    pub epochs: usize,
    /// Samples per update.
    pub batch_size: usize,
    /// Below which dV/dt a spike counts as grazing, in 1/ms; see [`GradientOptions`](crate::GradientOptions).
    pub slope_floor: f64,
    /// The remedy for silent neurons, if any.
    pub silent_remedy: Option<SilentRemedy>,
}

/// An experiment with its data divided and encoded and its network built.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The settings.
    pub experiment: Experiment,
    /// What draws initial weights, the division and the order of samples.
    pub seed: u64,
    /// The network: an input `input`, populations `hidden` (`hidden2`, ...) and `output`.
    pub network: Network,
    /// The output population.
    pub output: PopulationId,
    /// The loss.
    pub loss: FirstSpikeCrossEntropy,
    /// The data before encoding.
    pub splits: Splits,
    /// The training set, encoded.
    pub train: Samples,
    /// The validation set, encoded, where the division has one.
    pub validation: Option<Samples>,
    /// The test set, encoded.
    pub test: Samples,
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

    /// The network for inputs of `n_channels`, and its output population.
    ///
    /// # Errors
    /// No layers, or a setting out of its range.
    pub fn network(&self, n_channels: usize) -> Result<(Network, PopulationId)> {
        let reset = self.neuron.reset()?;
        let neuron = Neuron::leaky_integrate_and_fire()
            .tau_membrane(self.neuron.tau_membrane)
            .tau_synapse(self.neuron.tau_synapse)
            .threshold(self.neuron.threshold)
            .reset(reset);
        let mut network = Network::builder();
        let mut source = Source::from(network.input("input", n_channels));
        let mut output = None;
        for (ix, layer) in self.layers.iter().enumerate() {
            let name = match ix {
                _ if ix + 1 == self.layers.len() => "output".to_owned(),
                0 => "hidden".to_owned(),
                _ => format!("hidden{}", ix + 1),
            };
            let population =
                network.population(name, layer.size, neuron.clone().drive(layer.drive));
            let weights = Distribution::Normal {
                mean: layer.weight_mean,
                deviation: layer.weight_deviation,
            };
            network.connect(source, population, Projection::random(weights));
            source = population.into();
            output = Some(population);
        }
        let output = output.ok_or_else(|| {
            Error::invalid("layers", "an empty list", "give at least the output layer")
        })?;
        Ok((network.build()?, output))
    }

    /// Divides and encodes the data by `seed`, and builds the network and the loss.
    ///
    /// # Errors
    /// A setting out of its range, or an output layer without one neuron per class.
    pub fn prepare(&self, seed: u64) -> Result<Prepared> {
        let splits = self.task.splits(seed)?;
        let encoder = self.encoding.encoder()?;
        let n_channels = encoder.n_channels(splits.train.n_features());
        let (network, output) = self.network(n_channels)?;
        let n_outputs = network.population(output).size;
        if n_outputs != splits.train.n_classes() {
            return Err(Error::invalid(
                "size of the output layer",
                n_outputs,
                format!(
                    "give one neuron for each of the {} classes",
                    splits.train.n_classes()
                ),
            ));
        }
        let mut loss =
            FirstSpikeCrossEntropy::new(output, self.loss.scale)?.silent(self.loss.silent);
        if let Some(early) = self.loss.early {
            loss = loss.reward_early(early.strength, early.scale)?;
        }
        let validation = splits.validation.as_ref();
        Ok(Prepared {
            train: Samples::encode(&splits.train, &encoder)?,
            validation: validation
                .map(|set| Samples::encode(set, &encoder))
                .transpose()?,
            test: Samples::encode(&splits.test, &encoder)?,
            experiment: self.clone(),
            seed,
            network,
            output,
            loss,
            splits,
        })
    }

    /// The part of the settings that the trainer needs.
    pub fn trainer_settings(&self) -> TrainerSettings {
        let mut settings = TrainerSettings::new(self.duration);
        settings.gradient.slope_floor = self.slope_floor;
        settings.optimiser = self.optimiser;
        settings.learning_rate = self.learning_rate;
        settings.schedule = self.schedule;
        settings.batch_size = self.batch_size;
        settings.silent_remedy = self.silent_remedy;
        settings
    }
}

impl Prepared {
    /// A trainer at the start of the experiment.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn trainer<'a>(&'a self, engine: &'a dyn Engine) -> Result<Trainer<'a>> {
        self.trainer_with(engine, self.experiment.trainer_settings())
    }

    /// A trainer with settings of one's own, such as the other method.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn trainer_with<'a>(
        &'a self,
        engine: &'a dyn Engine,
        settings: TrainerSettings,
    ) -> Result<Trainer<'a>> {
        Trainer::new(&self.network, engine, &self.loss, settings, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_json() -> std::result::Result<(), Box<dyn std::error::Error>> {
        for task in Task::ALL {
            let experiment = Experiment::preset(task, "default")?;
            let text = serde_json::to_string(&experiment)?;
            assert_eq!(serde_json::from_str::<Experiment>(&text)?, experiment);
            assert!(
                text.contains(&format!("\"task\":\"{}\"", task.name())),
                "{text}"
            );
        }
        Ok(())
    }

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
