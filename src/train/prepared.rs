//! An experiment, ready to run.

use std::sync::Arc;

use super::penalties::with_penalties;
use super::{Experiment, ParameterGroups, Samples, Trainer, TrainerSettings};
use crate::data::Splits;
use crate::loss::Loss;
use crate::model::{Network, PopulationId};
use crate::{Engine, Error, Result};

/// An experiment with its data divided and encoded and its network built.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The settings, with the seed that was used.
    pub experiment: Experiment,
    /// The network: an input `input`, populations `hidden` (`hidden2`, ...) and `output`.
    pub network: Network,
    /// The output population.
    pub output: PopulationId,
    /// The loss with its penalties.
    pub loss: Arc<dyn Loss>,
    /// What is trained and how fast; none where it is the weights alone.
    groups: Option<ParameterGroups>,
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
        let (network, layers) = experiment.layered(n_channels)?;
        let populations: Vec<PopulationId> = layers.iter().map(|l| l.population).collect();
        let output = *populations.last().expect("a network has layers");
        let (n_outputs, n_classes) = (network.population(output).size, splits.train.n_classes());
        if n_outputs != n_classes {
            return Err(Error::invalid(
                "size of the output layer",
                n_outputs,
                format!("give one neuron for each of the {n_classes} classes"),
            ));
        }
        let loss = self.loss.build(output, n_classes, self.duration)?;
        let on = (&network, &populations[..]);
        let loss = with_penalties(loss, &self.penalties, on, self.duration)?;
        let validation = splits.validation.as_ref();
        Ok(Prepared {
            train: Samples::encode(&splits.train, &encoder)?,
            validation: validation
                .map(|set| Samples::encode(set, &encoder))
                .transpose()?,
            test: Samples::encode(&splits.test, &encoder)?,
            groups: experiment.groups(&network, &layers)?,
            experiment,
            network,
            output,
            loss,
            splits,
        })
    }
}

impl Prepared {
    /// A trainer at the start of the experiment.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn trainer<'a>(&'a self, engine: &'a dyn Engine) -> Result<Trainer<'a>> {
        let mut settings = self.experiment.trainer_settings();
        settings.groups.clone_from(&self.groups);
        self.trainer_with(engine, settings)
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
        let seed = self.experiment.seed;
        Trainer::new(&self.network, engine, &self.loss, settings, seed)
    }
}
