//! The files that a run leaves behind.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use spikefront::files::{create_folder, write_atomically};
use spikefront::model::Parameters;
use spikefront::train::{EpochMetrics, Experiment, Task, write_parameters};
use spikefront::{Error, Result};

/// A folder of results, proven writable before training starts.
pub struct Results {
    folder: PathBuf,
    metrics_path: PathBuf,
    metrics: File,
}

/// What a run comes down to.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    pub task: Task,
    pub preset: &'a str,
    pub test_accuracy: f64,
    pub test_loss: f64,
    pub epochs: usize,
    pub train_seconds: f64,
    pub samples_per_second: f64,
    pub engine: String,
    pub method: String,
    pub seed: u64,
    pub settings: Experiment,
}

impl Results {
    /// Creates the folder and empties the metrics.
    pub fn create(folder: PathBuf) -> Result<Self> {
        create_folder(&folder)?;
        let metrics_path = folder.join("metrics.jsonl");
        let metrics = File::create(&metrics_path)
            .map_err(|source| Error::io("create", &metrics_path, source))?;
        Ok(Self {
            folder,
            metrics_path,
            metrics,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds an epoch's line, at once, so that a run that is cut short has its metrics.
    pub fn epoch(&mut self, metrics: &EpochMetrics) -> anyhow::Result<()> {
        let line = serde_json::to_string(metrics)? + "\n";
        let written = self.metrics.write_all(line.as_bytes());
        Ok(written.map_err(|source| Error::io("write", &self.metrics_path, source))?)
    }

    /// Writes the summary and the weights.
    pub fn finish(&self, summary: &Summary<'_>, parameters: &Parameters) -> anyhow::Result<()> {
        write_parameters(self.folder.join("weights.npz"), parameters)?;
        let text = serde_json::to_string_pretty(summary)? + "\n";
        Ok(write_atomically(self.folder.join("summary.json"), text)?)
    }

    /// Writes a picture.
    pub fn picture(&self, name: &str, svg: String) -> Result<()> {
        write_atomically(self.folder.join(name), svg)
    }
}
