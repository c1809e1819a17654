//! `spikefront train`: an experiment from data to weights, figures and pictures.

mod choose;
mod interrupt;
mod pictures;
mod progress;
mod results;
mod run;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use spikefront::Engine;
use spikefront::train::{Checkpoint, EngineSetting};

use super::engine::EngineArgs;
use super::method::MethodArgs;
use super::{Outcome, output};
use choose::choose;
use interrupt::Interrupt;
use results::Results;
use run::{Run, resume_command};

/// What an experiment that is gone on with has settled long ago.
const SETTLED: [&str; 11] = [
    "experiment",
    "preset",
    "set",
    "data",
    "engine",
    "method",
    "epochs",
    "batch",
    "seed",
    "out",
    "overwrite",
];

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_help = FILES)]
pub struct TrainArgs {
    /// A task or another preset (`spikefront preset` lists them), or an experiment of one's own, FILE.toml
    #[arg(required_unless_present = "resume")]
    experiment: Option<String>,
    /// Go on with the run in DIR from its last checkpoint, to the same bits as without the break
    #[arg(long, value_name = "DIR", conflicts_with_all = SETTLED)]
    resume: Option<PathBuf>,
    /// Which settings of a task: `default` is tuned for accuracy, `paper` has those of Lee et al. 2023
    #[arg(long)]
    preset: Option<String>,
    /// Change one setting, such as optimiser.learning_rate=0.01; may be given more than once
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where the files of a data set are that does not ship with the program
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    method: MethodArgs,
    /// How many epochs [default: the experiment's]; a falling learning rate falls over as many
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Samples per update [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// Draws initial weights, the order of samples and the division of data [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..1 << 63))]
    seed: Option<u64>,
    /// How many threads [default: one for each core]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write a checkpoint at the end of the first step that ends as long after the last; 0 for every step
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    checkpoint_every: u32,
    /// Where results go, replacing those of an earlier run [default: runs/NAME-SEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace even a run that was left before its end
    #[arg(long)]
    overwrite: bool,
}

const FILES: &str = "\
Ctrl-C stops at the end of the step, with a checkpoint and exit code 130.

Files in DIR:
  experiment.toml         all settings; `train` of this file is the same run again
  checkpoint.safetensors  where the run is: parameters, optimiser, position, metrics, checksum
  metrics.jsonl           one line an epoch: loss, accuracies (0 to 1), seconds, and how often
                          guards changed something
  summary.json            test accuracy, speed and all settings
  weights.npz             all parameters, one array for each tensor, and the time constants that were
                          trained; times in ms
  report.html             all of this in one page
  training.svg            loss and accuracy by epoch
  confusion.svg           which class was taken for which, on the test set
  raster.svg              the spikes of the first test sample that has any
  first-spikes.svg        when outputs first fire, by class
  decision.svg            which class is chosen where (yin-yang)
  weights.svg, delays.svg how the trained values are spread (delays where there are any)";

/// Runs `train`.
pub fn run(args: &TrainArgs) -> anyhow::Result<Outcome> {
    match &args.resume {
        Some(folder) => resume(args, folder),
        None => start(args),
    }
}

fn start(args: &TrainArgs) -> anyhow::Result<Outcome> {
    let chosen = choose(args)?;
    let mut experiment = chosen.experiment;
    let engine = make_engine(args, experiment.engine)?;
    // What was taken, not what would be taken elsewhere: running the file again is the same run.
    experiment.engine = match engine.name() {
        "gpu" => EngineSetting::Gpu,
        _ => EngineSetting::Cpu,
    };
    let prepared = experiment.prepare(experiment.seed)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("runs/{}-{}", chosen.name, experiment.seed)));
    let mut trainer = prepared.trainer(engine.as_ref())?;
    let first = Checkpoint::new(&experiment, &prepared.network, &[], trainer.state()?);
    let run = Run {
        results: Results::create(&folder, &first, args.overwrite)?,
        prepared: &prepared,
        engine: engine.as_ref(),
        trainer,
        history: Vec::new(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    follow(run, &chosen.name)
}

fn resume(args: &TrainArgs, folder: &Path) -> anyhow::Result<Outcome> {
    let checkpoint = Results::resume(folder)?;
    let engine = make_engine(args, checkpoint.experiment.engine)?;
    let prepared = checkpoint.experiment.prepare(checkpoint.experiment.seed)?;
    let mut trainer = prepared.trainer(engine.as_ref())?;
    trainer.restore(&checkpoint.state(&prepared.network)?)?;
    let run = Run {
        results: Results::open(folder, &checkpoint)?,
        prepared: &prepared,
        engine: engine.as_ref(),
        trainer,
        history: checkpoint.history.clone(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    output::note(&format!(
        "resumed after {} epochs and {} steps",
        checkpoint.n_epochs(),
        checkpoint.n_batches()
    ));
    follow(run, checkpoint.experiment.data.task.name())
}

fn make_engine(args: &TrainArgs, setting: EngineSetting) -> spikefront::Result<Box<dyn Engine>> {
    args.engine.or(setting).make(args.threads.map(usize::from))
}

fn follow(mut run: Run<'_>, name: &str) -> anyhow::Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    if !run.train(&interrupt)? {
        output::note(&format!(
            "stopped; to go on: {}",
            resume_command(run.results.folder())
        ));
        return Ok(Outcome::Interrupted);
    }
    let summary = run.finish()?;
    output::print(&format!(
        "{name}, seed {}: test accuracy {:.2} % after {} epochs, {:.1} s, {:.0} samples/s\nresults in {}\n",
        summary.seed,
        100.0 * summary.test_accuracy,
        summary.epochs,
        summary.train_seconds,
        summary.samples_per_second,
        run.results.folder().display(),
    ))?;
    Ok(Outcome::Success)
}
