//! The same experiment with one seed after another.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use spikefront::files::{FolderLock, create_folder, read_text, write_atomically};
use spikefront::train::{Experiment, Statistics};
use spikefront::{Error, Result};

use super::results::{EXPERIMENT, Results, SEEDS, SUMMARY, Summary, has_run};

/// The largest of the files of a sweep, in bytes.
const MOST_BYTES: u64 = 1 << 24;

/// Seeds from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    first: u64,
    last: u64,
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let seed = |text: &str| text.parse().ok().filter(|&seed: &u64| seed < 1 << 63);
        let ends = text.split_once('-').map(|(a, b)| (seed(a), seed(b)));
        match ends {
            Some((Some(first), Some(last))) if first <= last => Ok(Self { first, last }),
            _ => Err("write the first and the last, such as 0-9, below 2^63".to_owned()),
        }
    }
}

/// Several runs with the folder of their folders.
#[derive(Debug)]
pub struct Sweep {
    folder: PathBuf,
    experiment: Experiment,
    outline: Outline,
}

/// What `seeds.json` says: what is to be run, and, once all of it was, what came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Outline {
    name: String,
    seeds: Range,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_accuracy: Option<Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    train_seconds: Option<Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_mb: Option<f64>,
}

/// What there is of a seed's run.
pub enum Stage {
    /// Nothing of this experiment.
    New,
    /// A run to go on with.
    Left,
    /// All of it.
    Ended(Box<Summary>),
}

impl Sweep {
    /// Runs of `experiment` that have not begun, in a folder that may hold others only if `may_overwrite`: they go one
    /// by one then.
    pub fn create(
        folder: PathBuf,
        name: &str,
        experiment: Experiment,
        seeds: Range,
        may_overwrite: bool,
    ) -> Result<Self> {
        create_folder(&folder)?;
        if has_run(&folder) {
            let remedy = "a single run is there: name another folder";
            return Err(Error::invalid("--out", folder.display(), remedy));
        }
        if let (false, Some(run)) = (may_overwrite, first_run(&folder)?) {
            return Err(Error::invalid(
                "--out",
                folder.display(),
                format!(
                    "{run} is there: run what is missing by --resume, name another folder, or give up all runs there by --overwrite"
                ),
            ));
        }
        let sweep = Self {
            experiment,
            outline: Outline {
                name: name.to_owned(),
                seeds,
                test_accuracy: None,
                train_seconds: None,
                peak_memory_mb: None,
            },
            folder,
        };
        let settings = sweep.experiment.to_toml()?;
        write_atomically(sweep.folder.join(EXPERIMENT), settings)?;
        sweep.write()?;
        Ok(sweep)
    }

    /// The runs in `folder`, if it is one of several.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(SEEDS);
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

    /// The experiment of each seed with the folder of its run.
    pub fn runs(&self) -> impl Iterator<Item = (Experiment, PathBuf)> + '_ {
        let Range { first, last } = self.outline.seeds;
        (first..=last).map(|seed| {
            let mut experiment = self.experiment.clone();
            experiment.seed = seed;
            (experiment, self.folder.join(format!("seed-{seed}")))
        })
    }

    /// The right to write into the folder of the folders.
    pub fn lock(&self) -> Result<FolderLock> {
        FolderLock::take(&self.folder)
    }

    /// How far the run in `folder` is.
    ///
    /// # Errors
    /// A run of other settings, or one that cannot be read: it may be a finished one, and is left alone.
    pub fn stage(experiment: &Experiment, folder: &Path) -> Result<Stage> {
        if !has_run(folder) {
            return Ok(Stage::New);
        }
        let checkpoint = Results::resume(folder)?;
        let differences = experiment.differences(&checkpoint.experiment)?;
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

    /// Writes down what came of all runs, and gives it as a table.
    pub fn finish(&mut self, runs: &[Summary]) -> Result<String> {
        let column = |value: fn(&Summary) -> f64| runs.iter().map(value).collect::<Vec<f64>>();
        let accuracy = Statistics::of(&column(|run| run.test_accuracy));
        let seconds = Statistics::of(&column(|run| run.train_seconds));
        let peak = runs.iter().filter_map(|run| run.peak_memory_mb);
        self.outline.test_accuracy = accuracy;
        self.outline.train_seconds = seconds;
        self.outline.peak_memory_mb = peak.reduce(f64::max);
        self.write()?;
        let mut text =
            String::from("| seed | test accuracy | weights of epoch | s |\n|---|---|---|---|\n");
        for run in runs {
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "| {} | {:.2} % | {} | {:.1} |",
                run.seed,
                100.0 * run.test_accuracy,
                run.kept_epoch,
                run.train_seconds
            );
        }
        let (Some(last), Some(accuracy), Some(seconds)) = (runs.last(), accuracy, seconds) else {
            return Ok(text);
        };
        let [mean, deviation, least, most] = accuracy.cells(|x| format!("{:.2} %", 100.0 * x));
        let peak = self.outline.peak_memory_mb;
        let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0} MB"));
        text += "\n| experiment | network | parameters | epochs | runs | mean | deviation | least | most \
                 | s a run | peak memory | engine |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {mean} | {deviation} | {least} | {most} | {:.1} | {peak} | {} |",
            self.outline.name,
            last.network,
            last.n_parameters,
            last.epochs,
            runs.len(),
            seconds.mean,
            last.engine,
        );
        Ok(text)
    }

    fn write(&self) -> Result<()> {
        let path = self.folder.join(SEEDS);
        let text = serde_json::to_string_pretty(&self.outline);
        let text = text.map_err(|error| Error::io("write", &path, error.into()))?;
        write_atomically(path, text + "\n")
    }
}

/// The name of a run of a seed that is in the folder.
fn first_run(folder: &Path) -> Result<Option<String>> {
    let failed = |source| Error::io("list", folder, source);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("seed-") && has_run(&entry.path()) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_its_first_and_its_last() {
        assert_eq!("0-9".parse(), Ok(Range { first: 0, last: 9 }));
        assert_eq!("3-3".parse(), Ok(Range { first: 3, last: 3 }));
        for wrong in ["", "3", "9-0", "0-", "-1", "0-9223372036854775808", "a-b"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
