//! `spikefront evaluate`: a trained network on a set of samples.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use spikefront::train::{Checkpoint, Evaluation, Given, Part, Samples, Trained, figure};
use spikefront::{Error, Result, count};

use super::engine::{self, EngineArgs};
use super::output;
use super::trained::{PartArgs, WeightsArgs};

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
#[command(mut_arg("engine", engine::of_run))]
pub struct EvaluateArgs {
    /// The folder of a run, ended or left
    dir: PathBuf,
    /// Other samples of the same shape: a folder as for `train --data`, or, of the tasks features and spikes, one file
    /// [default: the run's own data]
    #[arg(long, value_name = "DIR|FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    weights: WeightsArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// How many threads [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Everything comes from DIR/checkpoint.safetensors: it has the settings, the last weights, the best where they are kept, how
features were scaled, and a checksum of all. weights.npz has only the weights that the training ended with.
On the run's own engine and test set the accuracy is the number that `train` printed. Features of other data are scaled
as those of the training were; the number of channels and the classes must be the same.

A sample is without output where no output neuron fired; left out, where the loss does not count it for that.

Example:
  spikefront train iris --out runs/iris
  spikefront evaluate runs/iris --split train";

/// What is printed.
#[derive(Debug, Serialize)]
struct Report<'a> {
    part: &'a str,
    samples: usize,
    accuracy: f64,
    #[serde(with = "figure")]
    loss: f64,
    /// In how many samples no output fired; none of a readout.
    silent_samples: Option<usize>,
    left_out_samples: usize,
    /// Whole epochs so far.
    epochs: usize,
    /// Whose weights these are, counted from 1.
    weights_of_epoch: usize,
    engine: &'a str,
    classes: &'a [String],
    /// `[class][choice]`: how many samples; the last choice is none.
    confusion: Vec<Vec<usize>>,
}

/// Runs `evaluate`.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let checkpoint = super::train::read_run(&args.dir)?;
    let trained = checkpoint.trained()?;
    let engine = args.engine.or(trained.experiment().engine);
    let engine = engine.make(args.threads.map(usize::from))?;
    let part = args.part.part();
    let given = match &args.data {
        Some(folder) => trained.read_part(folder, part)?,
        None => own(&checkpoint, part).context("the run's own data (--data names others)")?,
    };
    for warning in &given.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let samples = Samples::new(given.inputs, given.labels.unwrap_or_default())?;
    let (trainer, epoch) = trained.trainer(engine.clone(), args.weights.choice())?;
    let found = trainer.evaluate(&samples)?;
    let report = Report {
        part: part.name(),
        samples: samples.n_samples(),
        accuracy: found.accuracy,
        loss: found.loss,
        silent_samples: found.silent,
        left_out_samples: found.left_out,
        epochs: checkpoint.n_epochs(),
        weights_of_epoch: epoch,
        engine: engine.name(),
        classes: &trained.inputs().classes,
        confusion: confusion(&trained, &samples, &found),
    };
    match args.json {
        true => output::print(&(serde_json::to_string(&report)? + "\n")),
        false => output::print(&report.table(trained.experiment().data.task.name())),
    }
}

/// The data that the run was trained with.
fn own(checkpoint: &Checkpoint, part: Part) -> Result<Given> {
    let prepared = checkpoint.experiment.prepare(checkpoint.experiment.seed)?;
    checkpoint.check_data(&prepared)?;
    let samples = match part {
        Part::Train => prepared.train,
        Part::Test => prepared.test,
        Part::Validation => prepared.validation.ok_or_else(|| {
            let remedy = "choose another part: the run's data have none of this name";
            Error::invalid("--split", part.name(), remedy)
        })?,
    };
    Ok(Given {
        inputs: samples.inputs().clone(),
        labels: Some(samples.labels().to_vec()),
        warnings: Vec::new(),
    })
}

fn confusion(trained: &Trained, samples: &Samples, found: &Evaluation) -> Vec<Vec<usize>> {
    let n = trained.inputs().classes.len();
    let mut counts = vec![vec![0; n + 1]; n];
    for (&label, prediction) in samples.labels().iter().zip(&found.predictions) {
        counts[label][prediction.unwrap_or(n)] += 1;
    }
    counts
}

impl Report<'_> {
    fn table(&self, task: &str) -> String {
        let Self {
            part,
            samples,
            weights_of_epoch: epoch,
            ..
        } = self;
        let mut text = format!(
            "{task}, weights of epoch {epoch}: {part} accuracy {:.2} % of {}, loss {:.4}\n",
            100.0 * self.accuracy,
            count(*samples, "sample"),
            self.loss
        );
        let mut notes = Vec::new();
        if let Some(silent) = self.silent_samples {
            notes.push(format!("{} without output", count(silent, "sample")));
        }
        notes.push(format!("{} left out of the loss", self.left_out_samples));
        text += &format!(
            "{}\n\n| class | samples | right | taken for |\n|---|---|---|---|\n",
            notes.join(", ")
        );
        for (class, row) in self.confusion.iter().enumerate() {
            let all: usize = row.iter().sum();
            let mut others: Vec<(usize, &str)> = row
                .iter()
                .enumerate()
                .filter(|&(choice, &count)| choice != class && count > 0)
                .map(|(choice, &count)| {
                    (
                        count,
                        self.classes.get(choice).map_or("none", String::as_str),
                    )
                })
                .collect();
            // The most frequent first, of equal ones in the order of classes.
            others.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
            let others: Vec<String> = others
                .iter()
                .map(|(count, name)| format!("{name} {count}"))
                .collect();
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "| {} | {all} | {} | {} |",
                self.classes[class],
                row[class],
                others.join(", ")
            );
        }
        text
    }
}
