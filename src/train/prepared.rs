//! An experiment, ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::network::Trainable;
use super::penalties::with_penalties;
use super::{Experiment, InputDescription, ParameterGroups, Samples, TaskData};
use super::{classes, units};
use crate::data::LatencyEncoder;
use crate::loss::Loss;
use crate::network::{Network, PopulationId};
use crate::problem::check_duration;
use crate::{Error, Result};

/// An experiment with its data divided and encoded and its network built.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The settings, with the seed that was used.
    pub experiment: Experiment,
    /// The network: an input `input`, populations `hidden` (`hidden2`, ...) and `output`, or that of a file.
    pub network: Arc<Network>,
    /// The output population.
    pub output: PopulationId,
    /// The loss with its penalties.
    pub loss: Arc<dyn Loss>,
    /// What is trained and how fast; none where it is the weights alone.
    pub(super) groups: Option<ParameterGroups>,
    /// The data before encoding.
    pub data: TaskData,
    /// The training set, encoded.
    pub train: Samples,
    /// The validation set, encoded, where the division has one.
    pub validation: Option<Samples>,
    /// The test set, encoded.
    pub test: Samples,
    /// What is worth knowing before training: classes without samples, input spikes that are left out,
    /// times that look like seconds.
    pub warnings: Vec<String>,
}

/// A network with what is asked of it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) network: Arc<Network>,
    pub(super) output: PopulationId,
    pub(super) loss: Arc<dyn Loss>,
    pub(super) groups: Option<ParameterGroups>,
}

impl Experiment {
    /// Divides and encodes the data by `seed`, and builds the network and the loss.
    ///
    /// # Errors
    /// A setting out of its range, an output layer without one neuron per class, labels that were counted from 1.
    pub fn prepare(&self, seed: u64) -> Result<Prepared> {
        check_duration(self.duration)?;
        let data = self.data.load(seed)?;
        let (n_channels, n_classes) = match &data {
            TaskData::Features(splits) => {
                let n_features = splits.train.n_features();
                (
                    self.encoder()?.n_channels(n_features),
                    splits.train.n_classes(),
                )
            }
            TaskData::Spikes(splits) => {
                if self.encoding.is_some() {
                    let remedy = format!("leave it out: {} has spikes", self.data.task.name());
                    return Err(Error::invalid("encoding", "given", remedy));
                }
                (splits.train.n_units(), splits.train.n_classes())
            }
        };
        let experiment = Self {
            seed,
            ..self.clone()
        };
        let labels = match &data {
            TaskData::Features(splits) => splits.train.labels(),
            TaskData::Spikes(splits) => splits.train.labels(),
        };
        let made = experiment.trainable(n_channels)?;
        let n_outputs = made.network.population(made.output).size;
        classes::check(labels, n_classes, n_outputs)?;
        let empty = classes::warning(labels, n_classes);
        let model = experiment.model(made, n_classes)?;
        let (train, validation, test) = self.samples(&data)?;
        let sets = [("training", &train), ("test", &test)].into_iter();
        let sets = sets.chain(validation.as_ref().map(|set| ("validation", set)));
        let duration = self.duration;
        let seconds = sets
            .clone()
            .filter_map(|(name, set)| units::of_samples(name, set, duration));
        let seconds: Vec<String> = self.unit_warnings().into_iter().chain(seconds).collect();
        let late = sets.clone().filter(|(_, set)| set.n_late() > 0).map(|(name, set)| {
            let (late, all) = (set.n_late(), set.n_late() + set.inputs().n_spikes());
            let end = self.duration;
            let (come, are) = if late == 1 { ("comes", "is") } else { ("come", "are") };
            format!(
                "{late} of {all} input spikes of the {name} samples {come} after the end of the run, {end} ms, and {are} left \
                 out: a longer duration takes them in"
            )
        });
        let silent = sets
            .filter(|(_, set)| set.inputs().n_spikes() + set.n_late() == 0)
            .map(|(name, _)| format!("no sample of the {name} samples has an input spike"));
        let silent: Vec<String> = silent.collect();
        let warnings = match &data {
            TaskData::Features(splits) => splits.warnings.clone(),
            TaskData::Spikes(_) => Vec::new(),
        };
        Ok(Prepared {
            warnings: empty
                .into_iter()
                .chain(late)
                .chain(silent)
                .chain(seconds)
                .chain(warnings)
                .collect(),
            train,
            validation,
            test,
            groups: model.groups,
            network: model.network,
            output: model.output,
            loss: model.loss,
            experiment,
            data,
        })
    }

    /// How the last layer gets another size.
    fn last_size(&self, size: usize) -> String {
        match self.layers.len() {
            0 => String::new(),
            n => format!(", layers.{}.size={size}", n - 1),
        }
    }

    /// The network, its loss and what is trained.
    pub(super) fn model(&self, made: Trainable, n_classes: usize) -> Result<Model> {
        let (network, output) = (made.network, made.output);
        let n_outputs = network.population(output).size;
        if n_outputs != n_classes {
            return Err(Error::invalid(
                "size of the output layer",
                n_outputs,
                match n_classes {
                    1 => "the data have one class: give data of two or more".to_owned(),
                    _ => format!(
                        "give one neuron for each of the {n_classes} classes{}",
                        self.last_size(n_classes)
                    ),
                },
            ));
        }
        let loss = self.loss.build(output, n_classes, self.duration)?;
        let on = (&network, &made.populations[..]);
        let loss = with_penalties(loss, &self.penalties, on, self.duration)?;
        Ok(Model {
            network: Arc::new(network),
            output,
            loss,
            groups: made.groups,
        })
    }

    /// What makes spikes of features.
    pub(super) fn encoder(&self) -> Result<LatencyEncoder> {
        let encoding = self.encoding.as_ref().ok_or_else(|| {
            let name = self.data.task.name();
            let remedy =
                format!("give [encoding] with earliest and latest in ms: {name} has features");
            Error::invalid("encoding", "not given", remedy)
        });
        encoding?.encoder()
    }

    /// Refuses encoded spikes after the end of a run.
    fn check_encoded(&self, samples: &Samples) -> Result<()> {
        let latest = samples.inputs().latest();
        if latest <= self.duration {
            return Ok(());
        }
        let remedy = format!(
            "input spikes come until {latest} ms: give a longer duration, or lower encoding.latest and encoding.bias"
        );
        Err(Error::invalid("duration", self.duration, remedy))
    }

    /// Training, validation and test samples.
    fn samples(&self, data: &TaskData) -> Result<(Samples, Option<Samples>, Samples)> {
        match data {
            TaskData::Features(splits) => {
                let encoder = self.encoder()?;
                let encode = |set| {
                    let samples = Samples::encode(set, &encoder)?;
                    self.check_encoded(&samples)?;
                    Ok(samples)
                };
                let validation = splits.validation.as_ref().map(encode).transpose()?;
                Ok((encode(&splits.train)?, validation, encode(&splits.test)?))
            }
            TaskData::Spikes(splits) => {
                let take = |set| Samples::of(set, self.duration);
                let validation = splits.validation.as_ref().map(take).transpose()?;
                Ok((take(&splits.train)?, validation, take(&splits.test)?))
            }
        }
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

    /// Digests of the encoded samples to train on, for validation and to test: other samples have others.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let validation = self.validation.as_ref().map(|set| ("validation", set));
        let sets = [("train", &self.train), ("test", &self.test)];
        let sets = sets.into_iter().chain(validation);
        sets.map(|(name, set)| (name.to_owned(), set.digest()))
            .collect()
    }

    /// The names of the classes; numbers where the data have none.
    pub fn class_names(&self) -> Vec<String> {
        match &self.data {
            TaskData::Features(splits) => splits.test.class_names().to_vec(),
            TaskData::Spikes(splits) => {
                let classes = 0..splits.test.n_classes();
                classes.map(|class| class.to_string()).collect()
            }
        }
    }

    /// What a sample's inputs are.
    pub fn inputs(&self) -> InputDescription {
        let classes = self.class_names();
        match &self.data {
            TaskData::Features(splits) => InputDescription {
                width: splits.train.n_features(),
                classes,
                label: splits.label.clone(),
                scaling: splits.scaling.clone(),
            },
            TaskData::Spikes(splits) => InputDescription {
                width: splits.n_units_before_pooling,
                classes,
                label: None,
                scaling: None,
            },
        }
    }
}
