//! The files that a run leaves behind.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spikefront::files::{create_folder, remove_leftovers, write_atomically};
use spikefront::plot::report;
use spikefront::train::{Checkpoint, EpochMetrics, Experiment, Task, Trainer, write_trained};
use spikefront::{Error, Result};

use super::pictures;

pub const EXPERIMENT: &str = "experiment.toml";
const CHECKPOINT: &str = "checkpoint.safetensors";
const METRICS: &str = "metrics.jsonl";
pub const SUMMARY: &str = "summary.json";
const WEIGHTS: &str = "weights.npz";
const REPORT: &str = "report.html";

/// A folder of results, proven writable before training starts.
pub struct Results {
    folder: PathBuf,
    metrics: File,
}

/// What a run comes down to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    pub task: Task,
    /// Units by layer, from the inputs on.
    pub network: String,
    pub test_accuracy: f64,
    pub test_loss: f64,
    pub epochs: usize,
    /// Whose weights were tested, counted from 1.
    pub kept_epoch: usize,
    /// Over all epochs, how many spikes were so slow that the slope floor bounded their derivatives.
    #[serde(default)]
    pub grazing_spikes: usize,
    /// How many values are trained.
    pub n_parameters: usize,
    /// The most that the process held at once until then, in megabytes; none where the system does not say.
    pub peak_memory_mb: Option<f64>,
    pub train_seconds: f64,
    pub samples_per_second: f64,
    pub engine: String,
    pub method: String,
    pub seed: u64,
    pub settings: Experiment,
}

impl Results {
    /// A folder for a new run that begins with `first`. What an earlier run left goes; a run that has not
    /// ended only if `may_overwrite`.
    pub fn create(folder: &Path, first: &Checkpoint, may_overwrite: bool) -> Result<Self> {
        create_folder(folder)?;
        // One that cannot be read is of no use to anyone.
        if let (false, Ok(there)) = (may_overwrite, Checkpoint::read(folder.join(CHECKPOINT)))
            && there.n_epochs() < there.experiment.epochs
        {
            return Err(Error::invalid(
                "--out",
                folder.display(),
                format!(
                    "a run was left there after {} of {} epochs: go on with it by --resume, name another \
                     folder, or give it up by --overwrite",
                    there.n_epochs(),
                    there.experiment.epochs
                ),
            ));
        }
        // In this order a run that is killed in between has either the old checkpoint or the new one,
        // and never a file of settings that contradicts it.
        remove(&folder.join(EXPERIMENT))?;
        first.write(folder.join(CHECKPOINT))?;
        for outcome in [SUMMARY, WEIGHTS, REPORT].iter().chain(&pictures::FILES) {
            remove(&folder.join(outcome))?;
        }
        Self::open(folder, first)
    }

    /// Where a run that is gone on with was left.
    ///
    /// # Errors
    /// A folder without a checkpoint, a checkpoint that is damaged, settings that have changed since. Nothing is written then.
    pub fn resume(folder: &Path) -> Result<Checkpoint> {
        let path = folder.join(CHECKPOINT);
        if !path.exists() {
            let remedy = format!("no run was begun there: it has no {CHECKPOINT}");
            return Err(Error::invalid("--resume", folder.display(), remedy));
        }
        let checkpoint = Checkpoint::read(&path)?;
        let settings = folder.join(EXPERIMENT);
        if settings.exists() {
            let differences = Experiment::read(&settings)?.differences(&checkpoint.experiment)?;
            if !differences.is_empty() {
                return Err(Error::malformed(
                    settings.display().to_string(),
                    format!(
                        "it is not what the run began with: {}; undo the change, or begin a run of its own with --out",
                        differences.join("; ")
                    ),
                ));
            }
        }
        Ok(checkpoint)
    }

    /// The folder's files as of `checkpoint`, and metrics ready to be added to.
    pub fn open(folder: &Path, checkpoint: &Checkpoint) -> Result<Self> {
        create_folder(folder)?;
        remove_leftovers(folder)?;
        write_atomically(folder.join(EXPERIMENT), checkpoint.experiment.to_toml()?)?;
        let path = folder.join(METRICS);
        let lines: Result<String> = checkpoint.history.iter().map(|m| line(m, &path)).collect();
        write_atomically(&path, lines?)?;
        let metrics = OpenOptions::new().append(true).open(&path);
        Ok(Self {
            folder: folder.to_owned(),
            metrics: metrics.map_err(|source| Error::io("open", &path, source))?,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds an epoch's line, at once, so that whoever looks sees it.
    pub fn epoch(&mut self, metrics: &EpochMetrics) -> Result<()> {
        let path = self.folder.join(METRICS);
        let written = self.metrics.write_all(line(metrics, &path)?.as_bytes());
        written.map_err(|source| Error::io("write", &path, source))
    }

    /// Replaces the checkpoint.
    pub fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        checkpoint.write(self.folder.join(CHECKPOINT))
    }

    /// Writes the summary and the weights.
    pub fn finish(&self, summary: &Summary, trainer: &Trainer<'_>) -> anyhow::Result<()> {
        let taus = trainer.time_constants();
        write_trained(self.folder.join(WEIGHTS), trainer.parameters(), &taus)?;
        let text = serde_json::to_string_pretty(summary)? + "\n";
        Ok(write_atomically(self.folder.join(SUMMARY), text)?)
    }

    /// Writes all of it on one page.
    pub fn report(&self) -> Result<()> {
        write_atomically(self.folder.join(REPORT), report(&self.folder)?)
    }

    /// Writes a picture.
    pub fn picture(&self, name: &str, svg: String) -> Result<()> {
        write_atomically(self.folder.join(name), svg)
    }
}

fn line(metrics: &EpochMetrics, path: &Path) -> Result<String> {
    let text = serde_json::to_string(metrics);
    let text = text.map_err(|error| Error::io("write", path, error.into()))?;
    Ok(text + "\n")
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(Error::io("remove", path, source))
        }
        _ => Ok(()),
    }
}
