//! `spikefront train`: a task from data to weights, figures and pictures.

mod pictures;
mod progress;
mod results;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use spikefront::Engine;
use spikefront::train::{Experiment, Prepared, Task};

use super::engine::EngineArgs;
use super::method::MethodArgs;
use super::output;
use progress::Progress;
use results::{Results, Summary};

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_help = FILES)]
pub struct TrainArgs {
    /// What to learn
    #[arg(value_parser = task_parser())]
    task: Task,
    /// Which settings: `default` is tuned for accuracy, `paper` has those of Lee et al. 2023
    #[arg(long, default_value = "default")]
    preset: String,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    method: MethodArgs,
    /// How many epochs [default: the preset's]; a falling learning rate falls over as many
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Samples per update [default: the preset's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// Draws initial weights, the order of samples and the division of data
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many threads [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Where results go, replacing those of an earlier run [default: runs/TASK-SEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const FILES: &str = "\
Files in DIR:
  metrics.jsonl      one line an epoch: loss, accuracies (0 to 1), seconds
  summary.json       test accuracy, speed and all settings
  weights.npz        all parameters, one array for each tensor; times in ms
  training.svg       loss and accuracy by epoch
  raster.svg         the spikes of the first test sample
  first-spikes.svg   when outputs first fire, by class
  decision.svg       which class is chosen where (yin-yang)";

/// Runs `train`.
pub fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let mut experiment = Experiment::preset(args.task, &args.preset)?;
    if let Some(epochs) = args.epochs {
        experiment = experiment.for_epochs(epochs as usize);
    }
    if let Some(batch) = args.batch {
        experiment.batch_size = batch as usize;
    }
    let engine = args.engine.make(args.threads.map(usize::from))?;
    let prepared = experiment.prepare(args.seed)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("runs/{}-{}", args.task.name(), args.seed)));
    let mut results = Results::create(folder)?;
    let summary = train(args, &prepared, engine.as_ref(), &mut results)?;
    output::print(&format!(
        "{} ({}), seed {}: test accuracy {:.2} % after {} epochs, {:.1} s, {:.0} samples/s\nresults in {}\n",
        args.task.name(),
        args.preset,
        args.seed,
        100.0 * summary.test_accuracy,
        summary.epochs,
        summary.train_seconds,
        summary.samples_per_second,
        results.folder().display(),
    ))
}

fn train<'a>(
    args: &'a TrainArgs,
    prepared: &Prepared,
    engine: &dyn Engine,
    results: &mut Results,
) -> anyhow::Result<Summary<'a>> {
    let experiment = &prepared.experiment;
    let mut settings = experiment.trainer_settings();
    settings.gradient.method = args.method.method();
    let mut trainer = prepared.trainer_with(engine, settings)?;
    let mut progress = Progress::new(experiment.epochs, prepared.train.n_samples());
    let mut epochs = Vec::with_capacity(experiment.epochs);
    let start = Instant::now();
    for _ in 0..experiment.epochs {
        let metrics =
            trainer.epoch_with(&prepared.train, prepared.validation.as_ref(), |batch| {
                progress.batch(batch);
            })?;
        results.epoch(&metrics)?;
        progress.epoch(&metrics);
        epochs.push(metrics);
    }
    let train_seconds = start.elapsed().as_secs_f64();
    progress.finish();
    let test = trainer.evaluate(&prepared.test)?;
    let summary = Summary {
        task: args.task,
        preset: &args.preset,
        test_accuracy: test.accuracy,
        test_loss: test.loss,
        epochs: epochs.len(),
        train_seconds,
        samples_per_second: (epochs.len() * prepared.train.n_samples()) as f64 / train_seconds,
        engine: engine.name().to_owned(),
        method: args.method.method().to_string(),
        seed: args.seed,
        settings: experiment.clone(),
    };
    results.finish(&summary, trainer.parameters())?;
    for (name, picture) in pictures::all(prepared, engine, &trainer, &epochs, &test)? {
        results.picture(name, picture)?;
    }
    Ok(summary)
}

fn task_parser() -> impl TypedValueParser<Value = Task> {
    PossibleValuesParser::new(Task::ALL.map(Task::name)).try_map(|name| name.parse::<Task>())
}
