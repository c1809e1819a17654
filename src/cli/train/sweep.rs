//! The same experiment with one seed after another, and with one value of a setting after another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use spikefront::files::{FolderLock, create_folder, read_text, write_atomically};
use spikefront::train::{EngineSetting, Experiment};
use spikefront::{Error, Result};

use super::axes::{Axis, folders, product};
use super::choose::fixed;
use super::results::{
    EXPERIMENT, MOST_BYTES, Results, SUMMARY, SWEEP, SWEEP_CSV, Summary, has_run,
};
use super::seeds::Range;
use super::sweep_table::Row;
use crate::cli::folder::refuse_simulation;

/// The most runs.
const MOST_RUNS: u64 = 100_000;

/// How long a process waits for others that begin or end at the same time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Several runs with the folder of their folders.
#[derive(Debug)]
pub struct Sweep {
    folder: PathBuf,
    experiment: Experiment,
    outline: Outline,
}

/// What `sweep.json` says: what is to be run, and, once all of it was, what came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Outline {
    name: String,
    seeds: Range,
    /// Settings with several values.
    #[serde(default)]
    axes: Vec<Axis>,
    /// What came of each set of values.
    #[serde(default)]
    settings: Vec<Row>,
}

/// One run of a sweep.
pub struct Planned {
    pub experiment: Experiment,
    pub folder: PathBuf,
    /// Which set of values, counted from 0.
    pub setting: usize,
}

/// What there is of a run.
pub enum Stage {
    /// Nothing of this experiment.
    New,
    /// A run to go on with.
    Left,
    /// All of it.
    Ended(Box<Summary>),
}

impl Sweep {
    /// Runs of `experiment` with each seed and each value, in a folder; nothing is looked at or written yet.
    pub fn new(
        folder: PathBuf,
        (name, experiment): (&str, Experiment),
        (axes, seeds): (Vec<Axis>, Range),
    ) -> Self {
        Self {
            experiment,
            outline: Outline {
                name: name.to_owned(),
                seeds,
                axes,
                settings: Vec::new(),
            },
            folder,
        }
    }

    /// Begins where no run has, in a folder that may hold others only if `may_overwrite`: they go one by one then.
    ///
    /// # Errors
    /// A value that its setting cannot have, more runs than anyone waits for, runs that are there.
    pub fn create(self, may_overwrite: bool) -> Result<Self> {
        let folder = &self.folder;
        create_folder(folder)?;
        refuse_simulation(folder)?;
        if has_run(folder) {
            let remedy = "a single run is there: name another folder";
            return Err(Error::invalid("--out", folder.display(), remedy));
        }
        if let (false, Some(run)) = (may_overwrite, first_run(folder, 2)?) {
            return Err(Error::invalid(
                "--out",
                folder.display(),
                format!(
                    "{run} is there: run what is missing by --resume, name another folder, or give up all runs there \
                     by --overwrite, one after another and so without --jobs"
                ),
            ));
        }
        // Wrong values are refused before the first run, and before anything is written.
        self.runs()?;
        let settings = self.experiment.to_toml()?;
        write_atomically(folder.join(EXPERIMENT), settings)?;
        self.write()?;
        Ok(self)
    }

    /// As [`create`](Self::create), of one process of several that run a share each: the first writes the outline, and the
    /// others find it.
    ///
    /// # Errors
    /// As there; runs of another sweep.
    pub fn join(self) -> Result<Self> {
        create_folder(&self.folder)?;
        let _lock = self.wait()?;
        let Some(there) = Self::find(&self.folder)? else {
            return self.create(false);
        };
        // Each run has a seed of its own.
        let asked = Experiment {
            seed: there.experiment.seed,
            ..self.experiment.clone()
        };
        let mut differences = apart(&there.experiment, &asked)?;
        if there.outline.axes != self.outline.axes {
            differences.push("the settings with several values are others".to_owned());
        }
        if there.outline.seeds != self.outline.seeds {
            let Range { first, last } = there.outline.seeds;
            differences.push(format!("their seeds are {first}-{last}"));
        }
        if differences.is_empty() {
            return Ok(there);
        }
        Err(Error::invalid(
            "--out",
            self.folder.display(),
            format!(
                "the runs there are others: {}; give every share the same command, or name another folder",
                differences.join("; ")
            ),
        ))
    }

    /// The runs in `folder`, if it is one of several.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(SWEEP);
        if !path.exists() {
            return Ok(None);
        }
        let text = read_text(&path, MOST_BYTES)?;
        let outline = serde_json::from_str(&text);
        Ok(Some(Self {
            experiment: Experiment::read(folder.join(EXPERIMENT))?,
            outline: outline.map_err(|e| Error::malformed(path.display().to_string(), e))?,
            folder: folder.to_owned(),
        }))
    }

    pub fn name(&self) -> &str {
        &self.outline.name
    }

    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All runs: every seed of the first set of values, then of the second, and so on.
    ///
    /// # Errors
    /// A value that its setting cannot have; too many runs.
    pub fn runs(&self) -> Result<Vec<Planned>> {
        let Range { first, last } = self.outline.seeds;
        let axes = &self.outline.axes;
        let n_sets = axes
            .iter()
            .map(|axis| axis.values.len() as u64)
            .fold(1, u64::saturating_mul);
        let n_runs = (last - first).saturating_add(1).saturating_mul(n_sets);
        if n_runs > MOST_RUNS {
            let remedy = format!("give fewer seeds or values: at most {MOST_RUNS} runs");
            return Err(Error::invalid("number of runs", n_runs, remedy));
        }
        let sets = product(axes);
        let names = folders(axes, &sets);
        let mut runs = Vec::new();
        for (setting, (set, name)) in sets.iter().zip(names).enumerate() {
            let mut experiment = self.experiment.clone();
            for (axis, value) in axes.iter().zip(set) {
                experiment = experiment.set(&format!("{}={value}", axis.key))?;
            }
            let experiment = fixed(experiment)?;
            for seed in first..=last {
                let folder = self.folder.join(&name).join(format!("seed-{seed}"));
                let experiment = Experiment {
                    seed,
                    ..experiment.clone()
                };
                runs.push(Planned {
                    experiment,
                    folder,
                    setting,
                });
            }
        }
        Ok(runs)
    }

    /// The right to write into the folder of the folders.
    pub fn lock(&self) -> Result<FolderLock> {
        FolderLock::take(&self.folder)
    }

    /// The same, as soon as others who have it for a moment let it go.
    pub fn wait(&self) -> Result<FolderLock> {
        FolderLock::wait(&self.folder, PATIENCE)
    }

    /// Notes where the data of all runs are, if that is said, and the engine that computes what is missing.
    ///
    /// # Errors
    /// Runs that differ in where their data are; a disk that is full.
    pub fn change(&mut self, data: Option<&Path>, engine: EngineSetting) -> Result<()> {
        let before = self.experiment.clone();
        if let Some(data) = data {
            if self
                .outline
                .axes
                .iter()
                .any(|axis| axis.key == "data.folder")
            {
                let remedy = "the runs differ in data.folder: give it with one of them";
                return Err(Error::invalid("--data", data.display(), remedy));
            }
            self.experiment.data.folder = Some(data.to_owned());
            self.experiment = fixed(self.experiment.clone())?;
        }
        self.experiment.engine = engine;
        if self.experiment == before {
            return Ok(());
        }
        write_atomically(self.folder.join(EXPERIMENT), self.experiment.to_toml()?)
    }

    /// How far the run in `folder` is. Where its data were and which engine it began with do not matter: it is the run of
    /// this experiment all the same.
    ///
    /// # Errors
    /// A run of other settings, or one that cannot be read: it may be a finished one, and is left alone.
    pub fn stage(experiment: &Experiment, folder: &Path) -> Result<Stage> {
        if !has_run(folder) {
            return Ok(Stage::New);
        }
        let checkpoint = Results::resume(folder)?;
        let differences = apart(experiment, &checkpoint.experiment)?;
        if !differences.is_empty() {
            return Err(Error::malformed(
                folder.display().to_string(),
                format!(
                    "its run did not begin with the settings of all: {}; undo the change, or begin runs of their own with --out",
                    differences.join("; ")
                ),
            ));
        }
        let has_ended = checkpoint.n_epochs() == checkpoint.experiment.epochs;
        let summary = read_text(folder.join(SUMMARY), MOST_BYTES).ok();
        let summary = summary.and_then(|text| serde_json::from_str(&text).ok());
        Ok(match summary {
            Some(summary) if has_ended => Stage::Ended(summary),
            _ => Stage::Left,
        })
    }

    /// Writes down what came of all runs, each with its set of values, and gives it as a table.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn finish(&mut self, runs: &[(usize, Summary)]) -> Result<String> {
        let axes = &self.outline.axes;
        let sets = product(axes);
        let names = folders(axes, &sets);
        let rows = sets.into_iter().zip(names).enumerate();
        let rows = rows.map(|(setting, (values, folder))| {
            let own = runs.iter().filter(|(of, _)| *of == setting);
            Row::of(values, folder, own.map(|(_, summary)| summary))
        });
        let mut rows: Vec<Row> = rows.collect();
        super::sweep_table::mark_best(&mut rows);
        let table = super::sweep_table::table(&self.outline.name, axes, &rows, runs);
        let csv = super::sweep_table::csv(axes, &rows);
        self.outline.settings = rows;
        write_changed(&self.folder.join(SWEEP_CSV), &csv)?;
        self.write()?;
        Ok(table)
    }

    fn write(&self) -> Result<()> {
        let path = self.folder.join(SWEEP);
        let text = serde_json::to_string_pretty(&self.outline);
        let text = text.map_err(|error| Error::io("write", &path, error.into()))?;
        write_changed(&path, &(text + "\n"))
    }
}

/// In what two experiments differ: not in where their data are, nor in the engine.
fn apart(here: &Experiment, there: &Experiment) -> Result<Vec<String>> {
    let mut there = there.clone();
    there.engine = here.engine;
    there.data.folder.clone_from(&here.data.folder);
    here.differences(&there)
}

/// Leaves a file that has this text as it is.
fn write_changed(path: &Path, text: &str) -> Result<()> {
    match read_text(path, MOST_BYTES) {
        Ok(there) if there == text => Ok(()),
        _ => write_atomically(path, text),
    }
}

/// The name of a run that lies in the folder, or so many folders further down.
fn first_run(folder: &Path, depth: usize) -> Result<Option<String>> {
    let failed = |source| Error::io("list", folder, source);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_type().map_err(failed)?.is_dir() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if has_run(&entry.path()) {
            return Ok(Some(name));
        }
        if depth > 1
            && let Some(below) = first_run(&entry.path(), depth - 1)?
        {
            return Ok(Some(format!("{name}/{below}")));
        }
    }
    Ok(None)
}
