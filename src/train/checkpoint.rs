//! A training in a file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::{BestEpoch, EpochMetrics, Experiment, Prepared, Tally, TrainerState};
use crate::files::{self, AtomicFile};
use crate::model::Network;
use crate::session::OptimiserState;
use crate::{Error, Result};

const FORMAT: &str = "spikefront checkpoint 1";
/// How the checksum stands in the header. Text inside a value cannot look like this: its quotes are escaped.
const CHECKSUM: &str = "\"checksum\":\"crc32:";
/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 36;
/// The checksum's digits while it is computed.
const DIGITS: &str = "00000000";
/// The most batches of an epoch: as many as numbers of random streams have room for.
const MOST_BATCHES: usize = 1 << 28;
const PARAMETERS: &str = "parameters/";
/// Of the best epoch, where it is kept.
const BEST: &str = "best/";
const TIME_CONSTANTS: &str = "time_constants/";
const OPTIMISER: &str = "optimiser/";

/// A training that can be gone on with, bit for bit.
///
/// The file is in the safetensors format: f64 arrays `parameters/NAME`, one for each named tensor
/// of the network's layout in its shape, `time_constants/NAME` (ms) of those that are trained, the same two as
/// `best/parameters/NAME` and `best/time_constants/NAME` where the best epoch is kept, and
/// `optimiser/NAME`, flat; in the header's metadata the
/// experiment as TOML, the position and the metrics so far as JSON, and the CRC-32 (IEEE 802.3) of the whole
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
        let latest = ("", &state.parameters, &state.time_constants);
        let best = progress.best.iter();
        let best = best.map(|best| (BEST, &best.parameters, &best.time_constants));
        for (place, values, taus) in best.chain([latest]) {
            for tensor in network.layout().tensors() {
                let array = Array {
                    shape: tensor.shape.clone(),
                    values: values[tensor.range.clone()].to_vec(),
                };
                arrays.insert(format!("{place}{PARAMETERS}{}", tensor.name), array);
            }
            for (name, values) in taus {
                let array = Array {
                    shape: vec![values.len()],
                    values: values.clone(),
                };
                arrays.insert(format!("{place}{TIME_CONSTANTS}{name}"), array);
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
            arrays,
            origin: PathBuf::from("the checkpoint"),
        }
    }

    /// Notes which samples the training has, so that it is not gone on with on others.
    pub fn of_data(mut self, prepared: &Prepared) -> Self {
        self.data = prepared.digests();
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
                    "put the former files back, or begin a run of its own with --out",
                ));
            }
        }
        Ok(())
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

    /// Writes it beside `path`, where it will be once it is committed.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn begin(&self, path: impl AsRef<Path>) -> Result<AtomicFile> {
        let path = path.as_ref();
        self.check().map_err(|detail| {
            Error::malformed(
                "the training",
                format!("{detail}; it went astray: lower the learning rate"),
            )
        })?;
        let failed = |error: String| Error::io("write", path, std::io::Error::other(error));
        let json = |text: serde_json::Result<String>| text.map_err(|e| failed(e.to_string()));
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("experiment".to_owned(), self.experiment.to_toml()?),
            (
                "progress".to_owned(),
                json(serde_json::to_string(&self.progress))?,
            ),
            (
                "history".to_owned(),
                json(serde_json::to_string(&self.history))?,
            ),
            ("data".to_owned(), json(serde_json::to_string(&self.data))?),
            ("checksum".to_owned(), format!("crc32:{DIGITS}")),
        ]);
        let bytes: Vec<(&String, &[usize], Vec<u8>)> = self
            .arrays
            .iter()
            .map(|(name, array)| {
                let bytes = array.values.iter().flat_map(|value| value.to_le_bytes());
                (name, array.shape.as_slice(), bytes.collect())
            })
            .collect();
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| {
                TensorView::new(Dtype::F64, shape.to_vec(), bytes).map(|view| (*name, view))
            })
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let mut file =
            serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))?;
        let at = digits(&file).ok_or_else(|| failed("the header has no checksum".to_owned()))?;
        let sum = checksum(&file, at);
        file[at..at + DIGITS.len()].copy_from_slice(sum.as_bytes());
        AtomicFile::with(path, file)
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

    fn parse(file: &[u8], path: &Path) -> Result<Self> {
        let fault = |detail: String| Error::malformed(path.display().to_string(), detail);
        let at = digits(file).ok_or_else(|| {
            fault("it is no checkpoint, or its header is damaged: there is no checksum".to_owned())
        })?;
        if checksum(file, at).as_bytes() != &file[at..at + DIGITS.len()] {
            return Err(fault(
                "its checksum is not that of its content: it is damaged; use another copy, or train anew".to_owned(),
            ));
        }
        let wrong = |error: &dyn std::fmt::Display| fault(error.to_string());
        let (_, header) = SafeTensors::read_metadata(file).map_err(|e| wrong(&e))?;
        let metadata = header.metadata().as_ref();
        let text = |key: &str| {
            let found = metadata.and_then(|metadata| metadata.get(key));
            found.ok_or_else(|| fault(format!("its metadata have no {key}")))
        };
        if text("format")? != FORMAT {
            let detail = format!(
                "its format is {:?}; this program has {FORMAT:?}",
                text("format")?
            );
            return Err(fault(detail));
        }
        let tensors = SafeTensors::deserialize(file).map_err(|e| wrong(&e))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in tensors.iter() {
            if view.dtype() != Dtype::F64 {
                return Err(fault(format!("array {name} is not of f64")));
            }
            let values = view.data().as_chunks().0.iter();
            let array = Array {
                shape: view.shape().to_vec(),
                values: values.map(|&bytes| f64::from_le_bytes(bytes)).collect(),
            };
            arrays.insert(name.to_owned(), array);
        }
        let origin = format!("the experiment in {}", path.display());
        let data = match text("data") {
            Ok(data) => serde_json::from_str(data).map_err(|e| wrong(&e))?,
            Err(_) => BTreeMap::new(),
        };
        let checkpoint = Self {
            experiment: Experiment::from_toml(text("experiment")?, &origin)?,
            history: serde_json::from_str(text("history")?).map_err(|e| wrong(&e))?,
            progress: serde_json::from_str(text("progress")?).map_err(|e| wrong(&e))?,
            data,
            arrays,
            origin: path.to_owned(),
        };
        checkpoint.check().map_err(fault)?;
        Ok(checkpoint)
    }

    /// What no training comes to, said in one sentence.
    fn check(&self) -> std::result::Result<(), String> {
        let progress = &self.progress;
        let (epochs, most) = (progress.epochs, self.experiment.epochs);
        let batches = progress.epoch_under_way.batches;
        if self.history.len() != epochs {
            let lines = self.history.len();
            return Err(format!(
                "it has metrics of {lines} epochs after {epochs} epochs"
            ));
        }
        if epochs > most {
            return Err(format!(
                "its {epochs} epochs are more than the experiment's {most}"
            ));
        }
        if batches > MOST_BATCHES {
            return Err(format!(
                "its {batches} batches are more than an epoch can have"
            ));
        }
        let steps = progress.optimiser_steps;
        if steps > (epochs as u64 + 1).saturating_mul(MOST_BATCHES as u64) {
            return Err(format!(
                "its optimiser has taken {steps} steps in {epochs} epochs"
            ));
        }
        if let Some(best) = &progress.best
            && !(1..=epochs).contains(&best.epoch)
        {
            return Err(format!("its best epoch is {} of {epochs}", best.epoch));
        }
        for (name, array) in &self.arrays {
            if let Some(at) = array.values.iter().position(|value| !value.is_finite()) {
                return Err(format!("value {at} of {name} is {}", array.values[at]));
            }
        }
        Ok(())
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
        let taus = |place: &str| -> BTreeMap<String, Vec<f64>> {
            let place = format!("{place}{TIME_CONSTANTS}");
            let taus = self.arrays.iter().filter_map(|(name, array)| {
                let name = name.strip_prefix(&place)?;
                Some((name.to_owned(), array.values.clone()))
            });
            taus.collect()
        };
        let mut best = self.progress.best.clone();
        if let Some(best) = &mut best {
            best.parameters = values(&format!("{BEST}{PARAMETERS}"))?;
            best.time_constants = taus(BEST);
        }
        Ok(TrainerState {
            best,
            time_constants: taus(""),
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

/// Where the digits of the checksum are.
fn digits(file: &[u8]) -> Option<usize> {
    let (length, rest) = file.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let header = rest.get(..length)?;
    let found = header
        .windows(CHECKSUM.len())
        .position(|w| w == CHECKSUM.as_bytes())?;
    let at = found + CHECKSUM.len();
    header.get(at..at + DIGITS.len())?;
    Some(at + size_of::<u64>())
}

fn checksum(file: &[u8], at: usize) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..at]);
    hasher.update(DIGITS.as_bytes());
    hasher.update(&file[at + DIGITS.len()..]);
    format!("{:08x}", hasher.finalize())
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
