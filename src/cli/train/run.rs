//! A training, followed to its end or to where it is left.

use std::sync::Arc;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use spikefront::Engine;
use spikefront::train::{Checkpoint, EpochMetrics, Prepared, Trainer};

use super::chance::Ending;
use super::diagnosis::Diagnosis;
use super::pictures;
use super::progress::Progress;
use super::results::{Results, Summary};
use super::together::{Look, Together};
use crate::cli::memory::peak_megabytes;

/// A training with the folder of its results.
pub struct Run<'a> {
    pub prepared: &'a Prepared,
    pub engine: &'a Arc<dyn Engine>,
    pub trainer: Trainer,
    pub history: Vec<EpochMetrics>,
    pub results: Results,
    pub together: &'a Together,
    /// How long after the last checkpoint the next is written, at the end of a step.
    pub every: Duration,
}

impl Run<'_> {
    /// Trains; whether to the end.
    pub fn train(&mut self) -> anyhow::Result<bool> {
        let prepared = self.prepared;
        let n_samples = prepared.train.n_samples();
        let epochs = prepared.experiment.epochs;
        let state = self.trainer.state()?;
        let batch_size = prepared.experiment.batch_size;
        let n_before = state.tally.batches.saturating_mul(batch_size);
        let n_before = state.epochs.saturating_mul(n_samples) + n_before.min(n_samples);
        let mut diagnosis = Diagnosis::new(n_samples, batch_size);
        let mut progress = Progress::new(epochs, n_samples, n_before);
        let mut last = Instant::now();
        let together = self.together;
        while self.trainer.n_epochs() < epochs {
            let mut looked = Ok(Look::default());
            let metrics = self.trainer.epoch_until(
                &prepared.train,
                prepared.validation.as_ref(),
                |batch| {
                    progress.batch(batch);
                    looked = together.look(last.elapsed() >= self.every);
                    match &looked {
                        Ok(look) if !look.stops && !look.saves => ControlFlow::Continue(()),
                        _ => ControlFlow::Break(()),
                    }
                },
            )?;
            looked?;
            let has_ended = metrics.is_some();
            if let Some(metrics) = metrics {
                self.results.epoch(&metrics)?;
                progress.epoch(&metrics);
                if let Some(warning) = diagnosis.first_of(&metrics) {
                    progress.warn(&warning);
                }
                self.history.push(metrics);
            }
            let stops = together.look(false)?.stops;
            if !has_ended || stops {
                self.checkpoint()?;
                last = Instant::now();
            }
            if stops {
                progress.finish();
                return Ok(false);
            }
        }
        self.checkpoint()?;
        progress.finish();
        Ok(true)
    }

    fn checkpoint(&mut self) -> anyhow::Result<()> {
        let Prepared {
            experiment,
            network,
            ..
        } = self.prepared;
        let checkpoint = Checkpoint::new(experiment, network, &self.history, self.trainer.state()?);
        let checkpoint = checkpoint.of_data(self.prepared);
        self.results.checkpoint(&checkpoint).with_context(|| {
            let command = resume_command(self.results.folder());
            format!("the checkpoint before is whole and can be gone on from: {command}")
        })
    }

    /// Tests what was trained and writes everything down.
    pub fn finish(&mut self) -> anyhow::Result<Summary> {
        let kept_epoch = self.trainer.keep()?;
        let experiment = &self.prepared.experiment;
        let test = self.trainer.evaluate(&self.prepared.test)?;
        let validation_accuracy = kept_epoch
            .checked_sub(1)
            .and_then(|ix| self.history.get(ix)?.validation_accuracy);
        let ending = Ending {
            found: &test,
            test: &self.prepared.test,
            train: &self.prepared.train,
            validation: self.prepared.validation.as_ref().zip(validation_accuracy),
            n_classes: self.prepared.class_names().len(),
        };
        let seconds = self.history.iter().map(|metrics| metrics.seconds);
        // A sum of nothing would be -0.
        let train_seconds = seconds.fold(0.0, |sum, seconds| sum + seconds);
        let epochs = self.history.len();
        let n_trained = (epochs * self.prepared.train.n_samples()) as f64;
        let diagnosis = Diagnosis::new(self.prepared.train.n_samples(), experiment.batch_size);
        let warnings = diagnosis.of_run(&self.history, &ending);
        let notes = match warnings[..] {
            [] => ending.unremarkable(&self.history).into_iter().collect(),
            _ => Vec::new(),
        };
        let summary = Summary {
            task: experiment.data.task,
            network: self.prepared.sizes(),
            test_accuracy: test.accuracy,
            validation_accuracy,
            test_loss: test.loss,
            test_left_out: test.left_out,
            epochs,
            kept_epoch,
            grazing_spikes: self.history.iter().map(|m| m.grazing_spikes).sum(),
            n_parameters: self.trainer.n_trained(),
            peak_memory_mb: peak_megabytes(),
            train_seconds,
            samples_per_second: if n_trained > 0.0 {
                n_trained / train_seconds
            } else {
                0.0
            },
            engine: self.engine.name().to_owned(),
            method: experiment.method.to_string(),
            ranks: self.together.costs()?,
            seed: experiment.seed,
            warnings,
            notes,
            settings: experiment.clone(),
        };
        if !self.results.is_elsewhere() {
            self.results.weights(&self.trainer)?;
        }
        let pictures = pictures::all(
            self.prepared,
            self.engine,
            &self.trainer,
            &self.history,
            &test,
        )?;
        if self.results.is_elsewhere() {
            return Ok(summary);
        }
        for (name, picture) in pictures {
            self.results.picture(name, picture)?;
        }
        self.results.summary(&summary)?;
        self.results.report()?;
        Ok(summary)
    }
}

/// What to type to go on.
pub fn resume_command(folder: &Path) -> String {
    format!("spikefront train --resume {}", folder.display())
}
