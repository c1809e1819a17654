//! A training in a file.

mod check;
mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{BestEpoch, EpochMetrics, Experiment, InputDescription, Prepared, Tally, TrainerState};
use crate::files;
use crate::network::Network;
use crate::session::OptimiserState;
use crate::{Error, Result};

/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 36;
const PARAMETERS: &str = "parameters/";
/// Of the best epoch, where it is kept.
const BEST: &str = "best/";
const OPTIMISER: &str = "optimiser/";

/// A training that can be gone on with, bit for bit.
///
/// The file is in the safetensors format: f64 arrays `parameters/NAME`, one for each named tensor
/// of the network's layout in its shape, the same as `best/parameters/NAME` where the best epoch is kept, and
/// `optimiser/NAME`, flat; in the header's metadata the
/// experiment as TOML, the position, the metrics so far and what inputs are as JSON, and the CRC-32 (IEEE 802.3) of the whole
/// file with the checksum's own eight digits taken as zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What is trained, with everything decided.
    pub experiment: Experiment,
    /// The metrics of all whole epochs.
    pub history: Vec<EpochMetrics>,
    progress: Progress,
    /// Digests of the sets of samples by their names; none in what earlier versions wrote.
    data: BTreeMap<String, String>,
    /// What a sample's inputs are; none where it was not noted.
    inputs: Option<InputDescription>,
    arrays: BTreeMap<String, Array>,
    /// Where it was read from, for errors.
    origin: PathBuf,
}

#[derive(Debug, Clone, PartialEq)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    epochs: usize,
    epoch_under_way: Tally,
    optimiser_steps: u64,
    /// In their order.
    optimiser_arrays: Vec<String>,
    /// Its parameters are arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<BestEpoch>,
}

impl Checkpoint {
    /// The state of a training of `experiment` on `network`.
    pub fn new(
        experiment: &Experiment,
        network: &Network,
        history: &[EpochMetrics],
        state: TrainerState,
    ) -> Self {
        let progress = Progress {
            epochs: state.epochs,
            epoch_under_way: state.tally,
            optimiser_steps: state.optimiser.steps,
            optimiser_arrays: names(&state.optimiser),
            best: state.best,
        };
        let mut arrays = BTreeMap::new();
        let best = progress.best.iter();
        let best = best.map(|best| (BEST, &best.parameters));
        for (place, values) in best.chain([("", &state.parameters)]) {
            for tensor in network.layout().tensors() {
                let array = Array {
                    shape: tensor.shape.clone(),
                    values: values[tensor.range.clone()].to_vec(),
                };
                arrays.insert(format!("{place}{PARAMETERS}{}", tensor.name), array);
            }
        }
        for (name, values) in state.optimiser.arrays {
            let shape = vec![values.len()];
            arrays.insert(format!("{OPTIMISER}{name}"), Array { shape, values });
        }
        Self {
            experiment: experiment.clone(),
            history: history.to_vec(),
            progress,
            data: BTreeMap::new(),
            inputs: None,
            arrays,
            origin: PathBuf::from("the checkpoint"),
        }
    }

    /// Notes which samples the training has, so that it is not gone on with on others, and what they are, so that the
    /// network can be given others.
    #[must_use]
    pub fn of_data(mut self, prepared: &Prepared) -> Self {
        self.data = prepared.digests();
        self.inputs = Some(prepared.inputs());
        self
    }

    /// Whether the training had these samples, as far as it was noted.
    ///
    /// # Errors
    /// Other samples: of which set.
    pub fn check_data(&self, prepared: &Prepared) -> Result<()> {
        let here = prepared.digests();
        for set in ["train", "validation", "test"] {
            let (now, then) = (here.get(set), self.data.get(set));
            if !self.data.is_empty() && now != then {
                let text =
                    |digest: Option<&String>| digest.map_or("none", String::as_str).to_owned();
                return Err(Error::invalid(
                    format!("set of samples {set}"),
                    format!(
                        "another than the run began with ({} now, {} then)",
                        text(now),
                        text(then)
                    ),
                    "put the former files back, or begin a run of its own in another folder",
                ));
            }
        }
        Ok(())
    }

    /// The same training, to go on until `epochs` epochs in all: a cosine schedule is stretched over them.
    ///
    /// # Errors
    /// Fewer than it has begun.
    pub fn for_epochs(mut self, epochs: usize) -> Result<Self> {
        let begun = self.n_epochs() + usize::from(self.n_batches() > 0);
        if epochs < begun {
            let remedy = format!("give {begun} or more: the run has begun as many");
            return Err(Error::invalid("number of epochs", epochs, remedy));
        }
        if epochs != self.experiment.epochs {
            self.experiment = self.experiment.for_epochs(epochs);
        }
        Ok(self)
    }

    /// What a sample's inputs are.
    pub(super) fn inputs(&self) -> Result<&InputDescription> {
        self.inputs.as_ref().ok_or_else(|| {
            let detail =
                "it does not say what its inputs are; go on with the run once, which notes it";
            Error::malformed(self.origin.display().to_string(), detail)
        })
    }

    /// How many whole epochs have been trained.
    pub fn n_epochs(&self) -> usize {
        self.progress.epochs
    }

    /// How many batches of the epoch after those have been trained on.
    pub fn n_batches(&self) -> usize {
        self.progress.epoch_under_way.batches
    }

    /// Writes it, replacing what was there only once all of it is on disk.
    ///
    /// # Errors
    /// A file that cannot be written, values that are not finite: a former checkpoint is as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        self.begin(path)?.commit()
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// A file that cannot be read, that is cut short or has a bit that changed, or that is no checkpoint; counts that no
    /// training reaches, values that are not finite.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(&files::read(path, MOST_BYTES)?, path)
    }

    /// What a trainer of `network` goes on from.
    ///
    /// # Errors
    /// A checkpoint of another network: which array differs, and how.
    pub fn state(&self, network: &Network) -> Result<TrainerState> {
        let fault = |detail| Error::malformed(self.origin.display().to_string(), detail);
        let array = |name: &str| {
            let found = self.arrays.get(name);
            found.ok_or_else(|| fault(format!("it is of another network: it has no {name}")))
        };
        let layout = network.layout();
        let values = |place: &str| {
            let mut parameters = vec![0.0; layout.len()];
            for tensor in layout.tensors() {
                let name = format!("{place}{}", tensor.name);
                let found = array(&name)?;
                if found.shape != tensor.shape {
                    return Err(fault(format!(
                        "it is of another network: {name} has shape {:?}, the network's {:?}",
                        found.shape, tensor.shape
                    )));
                }
                parameters[tensor.range.clone()].copy_from_slice(&found.values);
            }
            Ok(parameters)
        };
        let parameters = values(PARAMETERS)?;
        let theirs = self
            .arrays
            .keys()
            .filter_map(|name| name.strip_prefix(PARAMETERS));
        for name in theirs {
            if layout.find(name).is_none() {
                let detail = format!("it is of another network, which has {name} as well");
                return Err(fault(detail));
            }
        }
        let arrays = self.progress.optimiser_arrays.iter().map(|name| {
            let found = array(&format!("{OPTIMISER}{name}"))?;
            Ok((name.clone(), found.values.clone()))
        });
        let mut best = self.progress.best.clone();
        if let Some(best) = &mut best {
            best.parameters = values(&format!("{BEST}{PARAMETERS}"))?;
        }
        Ok(TrainerState {
            best,
            epochs: self.progress.epochs,
            tally: self.progress.epoch_under_way.clone(),
            parameters,
            optimiser: OptimiserState {
                steps: self.progress.optimiser_steps,
                arrays: arrays.collect::<Result<_>>()?,
            },
        })
    }
}

fn names(optimiser: &OptimiserState) -> Vec<String> {
    optimiser
        .arrays
        .iter()
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
