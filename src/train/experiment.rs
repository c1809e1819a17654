//! A task with all its settings.

use serde::{Deserialize, Serialize};

use super::{
    DataSettings, EncodingSettings, EngineSetting, GuardSettings, ImageShift, Keep, LayerSettings,
    LossSettings, NeuronSettings, ParameterGroups, Samples, SilentRemedy, StepSettings, Trainer,
    TrainerSettings,
};
use crate::data::Splits;
use crate::loss::FirstSpikeCrossEntropy;
use crate::model::{Distribution, Network, Neuron, PopulationId, Projection, Source};
use crate::optim::Schedule;
use crate::{Engine, Error, Method, Result};

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
    /// By up to how many pixels each training image is moved along either axis, anew in each epoch; see [`ImageShift`].
    #[serde(default, skip_serializing_if = "is_none")]
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
    /// How features become spikes.
    pub encoding: EncodingSettings,
    /// The neurons.
    pub neuron: NeuronSettings,
    /// The layers from the inputs on; the last is the output.
    pub layers: Vec<LayerSettings>,
    /// The loss.
    pub loss: LossSettings,
    /// The optimiser.
    pub optimiser: StepSettings,
    /// What keeps the training from going astray.
    #[serde(default)]
    pub guards: GuardSettings,
}

fn is_none(value: &usize) -> bool {
    *value == 0
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// An experiment with its data divided and encoded and its network built.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The settings, with the seed that was used.
    pub experiment: Experiment,
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
        let mut width = n_channels;
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
            let mut projection = Projection::random(weights);
            if let Some(delays) = layer.delays {
                projection = projection.delays(delays.draw((width, layer.size), (self.seed, ix))?);
            }
            network.connect(source, population, projection);
            (source, width) = (population.into(), layer.size);
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
        let splits = self.data.splits(seed)?;
        let encoder = self.encoding.encoder()?;
        let n_channels = encoder.n_channels(splits.train.n_features());
        let experiment = Self {
            seed,
            ..self.clone()
        };
        let (network, output) = experiment.network(n_channels)?;
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
            experiment,
            network,
            output,
            loss,
            splits,
        })
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
        settings.keep = self.keep;
        settings.clip_norm = self.guards.clip_norm;
        settings.silent_remedy = self
            .guards
            .raise_silent
            .map(|amount| SilentRemedy { amount });
        settings
    }
}

impl Prepared {
    /// How many units each layer has, from the inputs on, such as `5-200-3`.
    pub fn sizes(&self) -> String {
        let inputs = self.network.inputs().iter().map(|input| input.size);
        let populations = self.network.populations().iter();
        let sizes = inputs.chain(populations.map(|population| population.size));
        let sizes: Vec<String> = sizes.map(|size| size.to_string()).collect();
        sizes.join("-")
    }

    /// A trainer at the start of the experiment.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn trainer<'a>(&'a self, engine: &'a dyn Engine) -> Result<Trainer<'a>> {
        let mut settings = self.experiment.trainer_settings();
        settings.groups = self.groups()?;
        settings.image_shift = self.image_shift()?;
        self.trainer_with(engine, settings)
    }

    fn image_shift(&self) -> Result<Option<ImageShift>> {
        let n_pixels = self.splits.train.n_features();
        match self.experiment.image_shift {
            0 => Ok(None),
            most => ImageShift::new(n_pixels, most).map(Some),
        }
    }

    /// Weights and delays with their rates, where any delays are trained.
    fn groups(&self) -> Result<Option<ParameterGroups>> {
        let layers = &self.experiment.layers;
        let rates: Vec<f64> = layers
            .iter()
            .map(|layer| layer.delays.map_or(0.0, |delays| delays.rate))
            .collect();
        if rates.iter().all(|&rate| rate == 0.0) {
            return Ok(None);
        }
        let mut groups = ParameterGroups::new(&self.network);
        // A layer's projection has the layer's number.
        for (rate, id) in rates.into_iter().zip(self.network.projection_ids()) {
            groups = groups.weights(&self.network, id, 1.0)?;
            groups = groups.delays(&self.network, id, rate)?;
        }
        Ok(Some(groups))
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
        if settings.keep == Keep::Best && self.validation.is_none() {
            let name = self.experiment.data.task.name();
            let remedy = format!("keep the last: {name} has no validation set to judge epochs by");
            return Err(Error::invalid("keep", "best", remedy));
        }
        let seed = self.experiment.seed;
        Trainer::new(&self.network, engine, &self.loss, settings, seed)
    }
}

#[cfg(test)]
#[path = "experiment_tests.rs"]
mod tests;
