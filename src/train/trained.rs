//! A trained network, to be asked about other samples than it was trained on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::feature_task::{beyond_range, part_file};
use super::prepared::Model;
use super::spike_tasks::pooled;
use super::units;
use super::{
    Checkpoint, DataSettings, Experiment, Keep, Samples, Task, TaskData, Trainer, TrainerState,
};
use crate::data::{ColumnNames, FeatureTable, Scaling, SpikeTrains};
use crate::event::SpikeBatch;
use crate::network::Network;
use crate::{Engine, Error, Result, count};

/// What the inputs of a network are: enough to give it others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputDescription {
    /// How many columns features have, or how many units spike trains, before any are pooled.
    pub width: usize,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// What the column of labels is called, where features of one's own come from a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How features of one's own were brought to `[0, 1]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What is trained on.
    Train,
    /// What settings are chosen by.
    Validation,
    /// What is reported.
    Test,
}

impl Part {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Which weights of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WeightsChoice {
    /// Those that the training ends with, by its setting [`Keep`]: the best so far or the last.
    #[default]
    Kept,
    /// Those of the best epoch so far.
    Best,
    /// The last.
    Last,
}

/// Samples that a trained network is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Their spikes.
    pub inputs: SpikeBatch,
    /// Their classes, where they are known.
    pub labels: Option<Vec<usize>>,
    /// What is worth knowing about them.
    pub warnings: Vec<String>,
}

/// A trained network without the data that it was trained on.
///
/// It comes of a [`Checkpoint`], which holds the settings, the last and the best parameters, how inputs were scaled, and a
/// checksum of all.
#[derive(Debug, Clone)]
pub struct Trained {
    experiment: Experiment,
    model: Model,
    inputs: InputDescription,
    state: TrainerState,
}

impl Checkpoint {
    /// The network as far as it is trained.
    ///
    /// # Errors
    /// A checkpoint that does not say what its inputs are, as one that [`of_data`](Self::of_data) has not seen.
    pub fn trained(&self) -> Result<Trained> {
        let inputs = self.inputs()?.clone();
        let experiment = self.experiment.clone();
        let n_channels = match &experiment.encoding {
            Some(encoding) => encoding.encoder()?.n_channels(inputs.width),
            None => experiment.data.channels.unwrap_or(inputs.width),
        };
        let made = experiment.trainable(n_channels)?;
        let model = experiment.model(made, inputs.classes.len())?;
        Ok(Trained {
            state: self.state(&model.network)?,
            experiment,
            model,
            inputs,
        })
    }
}

impl Trained {
    /// Its settings.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.model.network
    }

    /// What its inputs are.
    pub fn inputs(&self) -> &InputDescription {
        &self.inputs
    }

    /// A trainer with the chosen weights, and of which epoch they are, counted from 1; 0 before the first has ended.
    ///
    /// # Errors
    /// The best weights of a training that does not keep them, or not yet.
    pub fn trainer(
        &self,
        engine: impl Engine + 'static,
        weights: WeightsChoice,
    ) -> Result<(Trainer, usize)> {
        let mut settings = self.experiment.trainer_settings();
        settings.groups.clone_from(&self.model.groups);
        let (network, loss) = (self.model.network.clone(), self.model.loss.clone());
        let mut trainer = Trainer::new(network, engine, loss, settings, self.experiment.seed)?;
        trainer.restore(&self.state)?;
        if weights == WeightsChoice::Best && self.state.best.is_none() {
            let remedy = match self.experiment.keep {
                Keep::Best => "choose the last: no epoch with a validation set has ended yet",
                Keep::Last => "choose the last: the run keeps no others (keep = \"last\")",
            };
            return Err(Error::invalid("choice of weights", "best", remedy));
        }
        let epoch = match weights {
            WeightsChoice::Last => trainer.n_epochs(),
            WeightsChoice::Best | WeightsChoice::Kept => trainer.keep()?,
        };
        Ok((trainer, epoch))
    }

    /// Reads samples from a file: where the network is trained on features `.npz` with an array `x` (and `y`), or `.csv` with
    /// the columns that it was trained on; else `.npz` with `times`, `units` and `offsets` (and `labels`). Features are
    /// scaled as those of the training were.
    ///
    /// # Errors
    /// A file that cannot be read or understood; another number of columns, units or classes; features beyond `[0, 1]` where
    /// they were not scaled.
    pub fn read(&self, file: &Path) -> Result<Given> {
        match self.experiment.encoding {
            Some(_) => self.read_features(file),
            None => self.read_spikes(file),
        }
    }

    /// Reads a part of a data set like that of the training from its folder, or from one file.
    ///
    /// # Errors
    /// As [`read`](Self::read); no such file, no such part, samples without labels, a set that ships with the crate.
    pub fn read_part(&self, folder: &Path, part: Part) -> Result<Given> {
        let data = &self.experiment.data;
        if !matches!(data.task, Task::Features | Task::Spikes) {
            return self.load_part(folder, part);
        }
        let file = self.file(folder, part)?;
        let given = self.read(&file)?;
        if given.labels.is_some() {
            return Ok(given);
        }
        let is_table = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let detail = match (data.task, &self.inputs.label) {
            (Task::Features, Some(name)) if is_table => {
                format!("it has no column \"{name}\" of labels")
            }
            (Task::Features, None) if is_table => "it has no column of labels".to_owned(),
            (Task::Features, _) => "array y: it is missing from the file".to_owned(),
            _ => "array labels: it is missing from the file".to_owned(),
        };
        Err(Error::malformed(file.display().to_string(), detail))
    }

    fn file(&self, folder: &Path, part: Part) -> Result<PathBuf> {
        if folder.is_file() {
            return Ok(folder.to_owned());
        }
        let name = part.name();
        let found = match self.experiment.data.task {
            Task::Features => part_file(folder, name)?,
            _ => Some(folder.join(format!("{name}.npz"))).filter(|file| file.is_file()),
        };
        found.ok_or_else(|| {
            let remedy = format!("name a file, or a folder with {name}.npz");
            Error::invalid("folder of data", folder.display(), remedy)
        })
    }

    /// A part of a set with files of a form of its own.
    fn load_part(&self, folder: &Path, part: Part) -> Result<Given> {
        let data = DataSettings {
            folder: Some(folder.to_owned()),
            ..self.experiment.data.clone()
        };
        let loaded = data.load(self.experiment.seed)?;
        let missing = || {
            let remedy = "choose another part: the data set has none of this name";
            Error::invalid("part of the data set", part.name(), remedy)
        };
        let samples = match loaded {
            TaskData::Features(splits) => {
                let set = match part {
                    Part::Train => splits.train,
                    Part::Validation => splits.validation.ok_or_else(missing)?,
                    Part::Test => splits.test,
                };
                self.check_counts(set.n_features(), set.n_classes())?;
                Samples::encode(&set, &self.experiment.encoder()?)?
            }
            TaskData::Spikes(splits) => {
                self.check_counts(splits.n_units_before_pooling, splits.test.n_classes())?;
                let set = match part {
                    Part::Train => splits.train,
                    Part::Validation => splits.validation.ok_or_else(missing)?,
                    Part::Test => splits.test,
                };
                Samples::of(&set, self.experiment.duration)?
            }
        };
        Ok(given(&samples, true, Vec::new()))
    }

    fn check_counts(&self, width: usize, n_classes: usize) -> Result<()> {
        let expected = self.inputs.classes.len();
        if n_classes != expected {
            let remedy = format!("give samples of {expected} classes, as the network has");
            return Err(Error::invalid("number of classes", n_classes, remedy));
        }
        if width != self.inputs.width {
            let remedy = format!("give {}, as the network has", self.inputs.width);
            return Err(Error::invalid("number of input channels", width, remedy));
        }
        Ok(())
    }

    fn read_features(&self, file: &Path) -> Result<Given> {
        let columns = self.inputs.scaling.as_ref().map(Scaling::columns);
        let names = ColumnNames {
            label: self.inputs.label.clone(),
            features: None,
        };
        let names = names.like(columns.unwrap_or_default(), file);
        let table = FeatureTable::read_unlabelled(file, &names)?;
        let (width, expected) = (table.columns().len(), self.inputs.width);
        if width != expected {
            let columns = count(width, "column");
            let detail =
                format!("it has {columns} of features, and the network was trained on {expected}");
            return Err(Error::malformed(table.origin(), detail));
        }
        let n_classes = self.inputs.classes.len();
        let labels = match self.inputs.scaling {
            Some(_) => table.indices(&self.inputs.classes)?,
            // Of a set that has its own names for them.
            None => table.indices(
                &(0..n_classes)
                    .map(|class| class.to_string())
                    .collect::<Vec<_>>(),
            )?,
        };
        let mut warnings: Vec<String> = table.note().into_iter().collect();
        let features = match &self.inputs.scaling {
            None => table.features().clone(),
            Some(scaling) => {
                let (features, beyond) = scaling.apply(table.features().clone())?;
                if beyond > 0 {
                    warnings.push(beyond_range(beyond, features.len(), "given"));
                }
                features
            }
        };
        let inputs = self
            .experiment
            .encoder()?
            .encode_features(features.view())?;
        Ok(Given {
            inputs,
            labels,
            warnings,
        })
    }

    fn read_spikes(&self, file: &Path) -> Result<Given> {
        let InputDescription { width, classes, .. } = &self.inputs;
        let (set, has_labels) = SpikeTrains::read_npz_like(file, *width, classes.len())?;
        let set = match self.experiment.data.channels {
            Some(channels) => pooled(&set, channels)?,
            None => set,
        };
        let samples = Samples::of(&set, self.experiment.duration)?;
        let late = samples.n_late();
        let end = self.experiment.duration;
        let warnings = (late > 0).then(|| {
            let spikes = count(late, "input spike");
            let (come, are) = if late == 1 {
                ("comes", "is")
            } else {
                ("come", "are")
            };
            format!("{spikes} {come} after the end of the run, {end} ms, and {are} left out")
        });
        let warnings = warnings
            .into_iter()
            .chain(units::of_samples("given", &samples, end));
        Ok(given(&samples, has_labels, warnings.collect()))
    }
}

fn given(samples: &Samples, has_labels: bool, warnings: Vec<String>) -> Given {
    Given {
        inputs: samples.inputs().clone(),
        labels: has_labels.then(|| samples.labels().to_vec()),
        warnings,
    }
}

#[cfg(test)]
#[path = "trained_tests.rs"]
mod tests;
