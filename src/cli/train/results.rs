//! The files that a run leaves behind.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spikefront::files::{
    AppendFile, AtomicFile, FolderLock, SetAside, Staged, create_folder, read_text, remove,
    remove_leftovers, write_atomically,
};
use spikefront::plot::report;
use spikefront::train::{
    Checkpoint, EpochMetrics, Experiment, Task, Trainer, figure, write_parameters,
};
use spikefront::{Error, Result};

use super::{former, pictures};
pub use crate::cli::folder::SWEEP;
use crate::cli::folder::{refuse_several, refuse_simulation};
use crate::cli::ranks::Costs;

pub const EXPERIMENT: &str = "experiment.toml";
pub const CHECKPOINT: &str = "checkpoint.safetensors";
pub const METRICS: &str = "metrics.jsonl";
pub const SUMMARY: &str = "summary.json";
/// Of a folder with several runs.
pub const SWEEP_CSV: &str = "sweep.csv";
const WEIGHTS: &str = "weights.npz";
const REPORT: &str = "report.html";

/// The largest summary that is read, in bytes.
pub const MOST_BYTES: u64 = 1 << 24;

/// A folder of results, proven writable before training starts.
pub struct Results {
    folder: PathBuf,
    /// None where another process writes.
    own: Option<Own>,
}

/// What a process that writes holds.
struct Own {
    metrics: AppendFile,
    _lock: FolderLock,
}

/// What a run comes down to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    pub task: Task,
    /// Units by layer, from the inputs on.
    pub network: String,
    pub test_accuracy: f64,
    /// On the validation set, with the same weights; where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
    #[serde(with = "figure")]
    pub test_loss: f64,
    /// How many test samples the loss left out, as what it looks at was silent.
    #[serde(default)]
    pub test_left_out: usize,
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
    /// Where several processes trained together; what is said of memory is of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<Costs>,
    pub seed: u64,
    /// What is wrong with the run; the program then ends with 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What may be wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    pub settings: Experiment,
}

impl Results {
    /// A folder for a new run that begins with `first`. What an earlier run left goes: a run that has not
    /// ended only if `may_overwrite`, and one that has ended into a folder aside until the new one has ended.
    ///
    /// Everything is on disk before the first file of the earlier run is touched.
    pub fn create(folder: &Path, first: &Checkpoint, may_overwrite: bool) -> Result<Self> {
        create_folder(folder)?;
        refuse_sweep(folder)?;
        refuse_simulation(folder)?;
        let lock = FolderLock::take(folder)?;
        // One that cannot be read is of no use to anyone.
        let there = Checkpoint::read(folder.join(CHECKPOINT)).ok();
        let is_left = |there: &&Checkpoint| there.n_epochs() < there.experiment.epochs;
        if let (false, Some(there)) = (may_overwrite, there.as_ref().filter(is_left)) {
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
        if there.as_ref().is_some_and(|there| !is_left(&there)) {
            former::keep(folder)?;
        }
        let metrics = replace(folder, first)?;
        remove_outcomes(folder)?;
        Self::with(folder, metrics, lock)
    }

    /// Of a run that another process writes.
    pub fn elsewhere(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            own: None,
        }
    }

    /// What the run in a folder has come to, if it has ended and all that it wrote last is there.
    pub fn ended(folder: &Path, checkpoint: &Checkpoint) -> Result<Option<Summary>> {
        let is_there = |name: &str| folder.join(name).exists();
        let all = [EXPERIMENT, METRICS, WEIGHTS, SUMMARY, REPORT];
        if checkpoint.n_epochs() < checkpoint.experiment.epochs || !all.into_iter().all(is_there) {
            return Ok(None);
        }
        let summary = read_text(folder.join(SUMMARY), MOST_BYTES).ok();
        let summary = summary.and_then(|text| serde_json::from_str::<Summary>(&text).ok());
        Ok(summary.filter(|s| s.settings == checkpoint.experiment))
    }

    /// Removes what a program that was killed left beside a run that has ended.
    pub fn tidy(folder: &Path) -> Result<()> {
        remove_leftovers(folder)?;
        former::forget(folder)
    }

    /// The folder's files as of `checkpoint`, whose settings may be other than those of the checkpoint that is there, and
    /// metrics ready to be added to.
    pub fn change(folder: &Path, checkpoint: &Checkpoint, lock: FolderLock) -> Result<Self> {
        create_folder(folder)?;
        let metrics = replace(folder, checkpoint)?;
        if checkpoint.n_epochs() < checkpoint.experiment.epochs {
            remove_outcomes(folder)?;
        }
        Self::with(folder, metrics, lock)
    }

    /// What there is of a run, to look at.
    ///
    /// # Errors
    /// A folder of several runs, or without a checkpoint; a checkpoint that is damaged.
    pub fn look(folder: &Path) -> Result<Checkpoint> {
        let refuse =
            |remedy: String| Err(Error::invalid("folder of a run", folder.display(), remedy));
        refuse_several(folder)?;
        if !has_run(folder) {
            return refuse(format!("no run was begun there: it has no {CHECKPOINT}"));
        }
        Checkpoint::read(folder.join(CHECKPOINT))
    }

    /// Where a run that is gone on with was left.
    ///
    /// # Errors
    /// A folder without a checkpoint, a checkpoint that is damaged, settings that have changed since. Nothing is written then.
    pub fn resume(folder: &Path) -> Result<Checkpoint> {
        if !has_run(folder) {
            let remedy = format!("no run was begun there: it has no {CHECKPOINT}");
            return Err(Error::invalid("--resume", folder.display(), remedy));
        }
        let checkpoint = Checkpoint::read(folder.join(CHECKPOINT))?;
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
    pub fn open(folder: &Path, checkpoint: &Checkpoint, lock: FolderLock) -> Result<Self> {
        create_folder(folder)?;
        remove_leftovers(folder)?;
        let (experiment, metrics) = staged(folder, checkpoint)?;
        experiment.commit()?;
        if checkpoint.n_epochs() < checkpoint.experiment.epochs {
            // Of a run that was there before, where the program was killed as this one began.
            remove_outcomes(folder)?;
        }
        Self::with(folder, metrics, lock)
    }

    fn with(folder: &Path, metrics: Staged, lock: FolderLock) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            own: Some(Own {
                metrics: metrics.commit()?,
                _lock: lock,
            }),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds an epoch's line, at once, so that whoever looks sees it.
    pub fn epoch(&mut self, metrics: &EpochMetrics) -> Result<()> {
        let Some(own) = &mut self.own else {
            return Ok(());
        };
        let line = line(metrics, &self.folder.join(METRICS))?;
        own.metrics.append(line.as_bytes())
    }

    /// Whether another process writes, and this one need not make what is written.
    pub fn is_elsewhere(&self) -> bool {
        self.own.is_none()
    }

    /// Replaces the checkpoint.
    pub fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        match self.is_elsewhere() {
            true => Ok(()),
            false => checkpoint.write(self.folder.join(CHECKPOINT)),
        }
    }

    /// Writes the weights.
    pub fn weights(&self, trainer: &Trainer) -> Result<()> {
        write_parameters(
            self.folder.join(WEIGHTS),
            trainer.network(),
            trainer.parameters(),
        )
    }

    /// Writes the summary: with it the run has ended, so that it comes last.
    pub fn summary(&self, summary: &Summary) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(summary)? + "\n";
        Ok(write_atomically(self.folder.join(SUMMARY), text)?)
    }

    /// Writes all of it on one page; then those of the run before are let go.
    pub fn report(&self) -> Result<()> {
        write_atomically(self.folder.join(REPORT), report(&self.folder)?)?;
        former::forget(&self.folder)
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

/// Whether a run was begun there.
pub fn has_run(folder: &Path) -> bool {
    folder.join(CHECKPOINT).exists()
}

/// Puts a checkpoint and its settings in the place of others; the metrics come last.
fn replace(folder: &Path, with: &Checkpoint) -> Result<Staged> {
    remove_leftovers(folder)?;
    let checkpoint = with.begin(folder.join(CHECKPOINT))?;
    let (experiment, metrics) = staged(folder, with)?;
    // In this order a run that is killed in between has either the old checkpoint or the new one,
    // and never a file of settings that contradicts it.
    let aside = SetAside::new(folder.join(EXPERIMENT))?;
    if let Err(error) = checkpoint.commit() {
        aside.put_back();
        return Err(error);
    }
    experiment.commit()?;
    Ok(metrics)
}

/// The settings, on disk beside their place, and the metrics, in theirs last of all.
fn staged(folder: &Path, checkpoint: &Checkpoint) -> Result<(AtomicFile, Staged)> {
    let settings = checkpoint.experiment.to_toml()?;
    let experiment = AtomicFile::with(folder.join(EXPERIMENT), settings)?;
    let path = folder.join(METRICS);
    let lines: Result<String> = checkpoint.history.iter().map(|m| line(m, &path)).collect();
    Ok((experiment, AppendFile::begin(path, lines?)?))
}

/// What comes of a run once it has ended.
pub fn outcomes() -> impl Iterator<Item = &'static str> {
    [SUMMARY, WEIGHTS, REPORT]
        .into_iter()
        .chain(pictures::FILES)
}

fn remove_outcomes(folder: &Path) -> Result<()> {
    outcomes()
        .map(|name| folder.join(name))
        .try_for_each(remove)
}

/// A single run in the folder of several would make its settings theirs.
fn refuse_sweep(folder: &Path) -> Result<()> {
    if folder.join(SWEEP).exists() {
        let remedy = "several runs are there: go on with them by --resume, or name another folder";
        return Err(Error::invalid("--out", folder.display(), remedy));
    }
    Ok(())
}
