//! A task with all its settings.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Samples, SilentRemedy, Trainer, TrainerSettings};
use crate::data::{LatencyEncoder, Splits, digits, iris, stratified_split, xor, yin_yang_splits};
use crate::loss::{FirstSpikeCrossEntropy, SilentOutput};
use crate::model::{Distribution, Network, Neuron, PopulationId, Projection, Reset, Source};
use crate::optim::{OptimiserSettings, Schedule};
use crate::{Engine, Error, Result};

/// The share of Iris and digits that is kept for testing.
const TEST_FRACTION: f64 = 0.2;

/// A data set with its division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Exclusive or: four patterns, which are trained on and tested.
    Xor,
    /// Fisher's irises: a fifth of each class, drawn by the seed, is the test set.
    Iris,
    /// Yin-Yang in its published division, whatever the seed.
    YinYang,
    /// 8 x 8 digits: a fifth of each class, drawn by the seed, is the test set.
    Digits,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Xor, Self::Iris, Self::YinYang, Self::Digits];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xor => "xor",
            Self::Iris => "iris",
            Self::YinYang => "yin-yang",
            Self::Digits => "digits",
        }
    }

    /// Its data, divided.
    ///
    /// # Errors
    /// None for the sets that ship with the crate.
    pub fn splits(self, seed: u64) -> Result<Splits> {
        let set = match self {
            Self::YinYang => return Ok(yin_yang_splits()),
            Self::Xor => {
                return Ok(Splits {
                    train: xor(),
                    validation: None,
                    test: xor(),
                });
            }
            Self::Iris => iris(),
            Self::Digits => digits(),
        };
        let (train, test) = stratified_split(&set, TEST_FRACTION, seed)?;
        Ok(Splits {
            train,
            validation: None,
            test,
        })
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|task| task.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(
                "task",
                format!("{name:?}"),
                format!("choose one of {names}"),
            )
        })
    }
}

/// How features become spikes; see [`LatencyEncoder`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EncodingSettings {
    /// When the smallest value spikes, in ms.
    pub earliest: f64,
    /// When the largest value spikes, in ms.
    pub latest: f64,
    /// When a channel of its own spikes in every sample, in ms.
    pub bias: Option<f64>,
    /// Whether large values are early instead.
    pub inverted: bool,
    /// Below which value a feature sends no spike.
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
pub struct NeuronSettings {
    /// Membrane time constant, in ms.
    pub tau_membrane: f64,
    /// Synaptic time constant, in ms.
    pub tau_synapse: f64,
    /// The potential at which a neuron fires.
    pub threshold: f64,
    /// The potential after a spike; none where the threshold is subtracted.
    pub reset_to: Option<f64>,
}

/// One layer and the weights towards it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LayerSettings {
    /// How many neurons.
    pub size: usize,
    /// The mean of the initial weights.
    pub weight_mean: f64,
    /// Their standard deviation.
    pub weight_deviation: f64,
}

/// A reward for early spikes of the label's neuron; see [`FirstSpikeCrossEntropy`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlySpikeSettings {
    /// gamma.
    pub strength: f64,
    /// tau_1, in ms.
    pub scale: f64,
}

/// The first-spike loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossSettings {
    /// tau_0, in ms.
    pub scale: f64,
    /// A reward for early spikes, if any.
    pub early: Option<EarlySpikeSettings>,
    /// Whether silent outputs are left out of the softmax rather than counted at the end of the run.
    pub leave_out_silent: bool,
}

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
    /// The network for inputs of `n_channels`, and its output population.
    ///
    /// # Errors
    /// No layers, or a setting out of its range.
    pub fn network(&self, n_channels: usize) -> Result<(Network, PopulationId)> {
        let reset = self.neuron.reset_to.map_or(Reset::Subtract, Reset::to);
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
            let population = network.population(name, layer.size, neuron.clone());
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
        let mut loss = FirstSpikeCrossEntropy::new(output, self.loss.scale)?;
        if let Some(early) = self.loss.early {
            loss = loss.reward_early(early.strength, early.scale)?;
        }
        if self.loss.leave_out_silent {
            loss = loss.silent(SilentOutput::LeftOut);
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
    fn the_seed_divides_iris_but_not_yin_yang() -> Result<()> {
        assert_ne!(Task::Iris.splits(1)?, Task::Iris.splits(2)?);
        assert_eq!(Task::Iris.splits(1)?, Task::Iris.splits(1)?);
        assert_eq!(Task::YinYang.splits(1)?, Task::YinYang.splits(2)?);
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
