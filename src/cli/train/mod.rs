//! `spikefront train`: an experiment from data to weights, figures and pictures.

mod choose;
mod diagnosis;
mod pictures;
mod progress;
mod results;
mod run;
mod seeds;
mod voltages;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use spikefront::Engine;
use spikefront::files::FolderLock;
use spikefront::train::{Checkpoint, EngineSetting, Experiment};

use super::budget::BudgetArgs;
use super::engine::EngineArgs;
use super::interrupt::Interrupt;
use super::method::MethodArgs;
use super::{Outcome, budget, nir, output};
use choose::{Chosen, choose};
use results::{Results, Summary};
use run::{Run, resume_command};
use seeds::{Range, Stage, Sweep};

/// What an experiment that is gone on with has settled long ago.
const SETTLED: [&str; 13] = [
    "experiment",
    "preset",
    "set",
    "data",
    "engine",
    "method",
    "epochs",
    "batch",
    "seed",
    "seeds",
    "out",
    "overwrite",
    "spike_budget",
];

/// Arguments of `train`.
#[derive(Debug, Args)]
#[command(after_help = FILES)]
#[command(mut_arg("engine", |arg| arg.help("What computes [default: the experiment's]")))]
#[command(mut_arg("method", |arg| arg.help("How gradients are computed; both are exact [default: the experiment's]")))]
#[command(mut_arg("spike_budget", budget::of_experiment))]
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
    #[command(flatten)]
    budget: BudgetArgs,
    /// How many epochs [default: the experiment's]; a falling learning rate falls over as many. 0 looks at the untrained network
    #[arg(long, value_parser = clap::value_parser!(u32))]
    epochs: Option<u32>,
    /// Samples per update [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// Draws initial weights, the order of samples and the division of data [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u64).range(..1 << 63))]
    seed: Option<u64>,
    /// One run after another, with each of these seeds, such as 0-9, in DIR/seed-N; DIR is runs/NAME-seeds by
    /// default. A table at the end; `--resume DIR` runs what is missing
    #[arg(long, value_name = "FIRST-LAST", conflicts_with = "seed")]
    seeds: Option<Range>,
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
Example:
  spikefront train yin-yang --epochs 3 --set layers.0.size=50 --out runs/first

Ctrl-C (exit code 130), SIGTERM (143) and SIGHUP (129) stop at the end of the step, with a checkpoint; within a
step that takes longer than a second, at once: `--resume` then goes on from the checkpoint before.
A training that ends with zero gradients, mostly silent outputs or a frozen loss ends with 1.

The task `spikes` reads train.npz, test.npz and, if it is there, validation.npz from the folder of --data. Their
arrays: times (ms) and units of all spikes, sample after sample; offsets, where each sample begins and
the last ends; labels, one a sample. n_units and n_classes may be given as numbers.
`shd` reads shd_train.h5 and shd_test.h5, `ssc` ssc_train.h5, ssc_valid.h5 and ssc_test.h5, as they are published:
spikes/times (s) and spikes/units, a list a sample; labels, one a sample.

Files in DIR:
  experiment.toml         all settings; `train` of this file is the same run again
  checkpoint.safetensors  where the run is: parameters, optimiser, position, metrics, checksum
  metrics.jsonl           one line an epoch: loss, accuracies (0 to 1), seconds, and how often
                          guards changed something
  summary.json            test accuracy, speed and all settings
  seeds.json              of several seeds: mean, deviation, least and most test accuracy, and time
  run.lock                who writes here; locked as long as that process lives
  weights.npz             all parameters, one array for each tensor, and the time constants that were
                          trained; times in ms
  report.html             all of this in one page
  training.svg            loss and accuracy by epoch
  confusion.svg           which class was taken for which, on the test set
  raster.svg              the spikes of the first test sample that has any
  voltage.svg             membrane voltages of outputs and of a few hidden neurons in that sample
  first-spikes.svg        when outputs first fire, by class
  decision.svg            which class is chosen where (yin-yang)
  weights.svg, delays.svg how the trained values are spread (delays where there are any)";

/// Where the training does not look for a second.
const FAREWELL: &str = "stopped within a step, or outside of training; `spikefront train --resume DIR` goes on from the last checkpoint";

/// Runs `train`.
pub fn run(args: &TrainArgs) -> anyhow::Result<Outcome> {
    let interrupt = Interrupt::listen(FAREWELL)?;
    let folder = match &args.resume {
        None => return start(args, &interrupt),
        Some(folder) => folder,
    };
    nir::refuse(folder)?;
    if let Some(sweep) = Sweep::find(folder)? {
        let engine = make_engine(args, sweep.experiment().engine)?;
        return all_seeds(args, sweep, engine.as_ref(), true, &interrupt);
    }
    let checkpoint = Results::resume(folder)?;
    let engine = make_engine(args, checkpoint.experiment.engine)?;
    let summary = resume(args, engine.as_ref(), folder, &interrupt)?;
    Ok(outcome(summary.as_ref(), &interrupt))
}

fn outcome(summary: Option<&Summary>, interrupt: &Interrupt) -> Outcome {
    match summary {
        Some(summary) if summary.warnings.is_empty() => Outcome::Success,
        Some(_) => Outcome::Negative,
        None => Outcome::Interrupted(interrupt.code()),
    }
}

fn start(args: &TrainArgs, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let Chosen {
        name,
        mut experiment,
    } = choose(args)?;
    let engine = make_engine(args, experiment.engine)?;
    // What was taken, not what would be taken elsewhere: running the file again is the same run.
    experiment.engine = match engine.name() {
        "gpu" => EngineSetting::Gpu,
        _ => EngineSetting::Cpu,
    };
    let folder = |last: String| match &args.out {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("runs/{name}-{last}")),
    };
    if let Some(seeds) = args.seeds {
        let folder = folder("seeds".to_owned());
        let sweep = Sweep::create(folder, &name, experiment, seeds, args.overwrite)?;
        return all_seeds(args, sweep, engine.as_ref(), false, interrupt);
    }
    let folder = folder(experiment.seed.to_string());
    let what = (name.as_str(), &experiment);
    let summary = begin(args, what, engine.as_ref(), &folder, interrupt)?;
    Ok(outcome(summary.as_ref(), interrupt))
}

/// Each seed in turn; where `may_have_begun`, only what is missing.
fn all_seeds(
    args: &TrainArgs,
    mut sweep: Sweep,
    engine: &dyn Engine,
    may_have_begun: bool,
    interrupt: &Interrupt,
) -> anyhow::Result<Outcome> {
    let _lock = sweep.lock()?;
    let mut runs = Vec::new();
    for (experiment, folder) in sweep.runs() {
        let stage = match may_have_begun {
            true => Sweep::stage(&experiment, &folder)?,
            false => Stage::New,
        };
        let summary = match stage {
            Stage::Ended(summary) => Some(*summary),
            Stage::Left => resume(args, engine, &folder, interrupt)?,
            Stage::New => {
                let what = (sweep.name(), &experiment);
                begin(args, what, engine, &folder, interrupt)?
            }
        };
        match summary {
            Some(summary) => runs.push(summary),
            None => {
                let command = resume_command(sweep.folder());
                output::note(&format!("for all seeds: {command}"));
                return Ok(Outcome::Interrupted(interrupt.code()));
            }
        }
    }
    let table = sweep.finish(&runs)?;
    output::print(&format!("{table}results in {}\n", sweep.folder().display()))?;
    Ok(match runs.iter().all(|run| run.warnings.is_empty()) {
        true => Outcome::Success,
        false => Outcome::Negative,
    })
}

/// A run from its beginning; none where it is left before its end.
fn begin(
    args: &TrainArgs,
    (name, experiment): (&str, &Experiment),
    engine: &dyn Engine,
    folder: &Path,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Summary>> {
    let prepared = experiment.prepare(experiment.seed)?;
    let mut trainer = prepared.trainer(engine)?;
    let first = Checkpoint::new(experiment, &prepared.network, &[], trainer.state()?);
    let first = first.of_data(&prepared);
    let run = Run {
        results: Results::create(folder, &first, args.overwrite)?,
        prepared: &prepared,
        engine,
        trainer,
        history: Vec::new(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    follow(run, name, interrupt)
}

/// A run from where it was left; none where it is left again.
fn resume(
    args: &TrainArgs,
    engine: &dyn Engine,
    folder: &Path,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Summary>> {
    let lock = FolderLock::take(folder)?;
    // Another process may have gone on with it until now.
    let checkpoint = &Results::resume(folder)?;
    let prepared = checkpoint.experiment.prepare(checkpoint.experiment.seed)?;
    checkpoint.check_data(&prepared)?;
    let mut trainer = prepared.trainer(engine)?;
    trainer.restore(&checkpoint.state(&prepared.network)?)?;
    let run = Run {
        results: Results::open(folder, checkpoint, lock)?,
        prepared: &prepared,
        engine,
        trainer,
        history: checkpoint.history.clone(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    output::note(&format!(
        "resumed after {} epochs and {} steps",
        checkpoint.n_epochs(),
        checkpoint.n_batches()
    ));
    follow(run, checkpoint.experiment.data.task.name(), interrupt)
}

fn make_engine(args: &TrainArgs, setting: EngineSetting) -> spikefront::Result<Box<dyn Engine>> {
    args.engine.or(setting).make(args.threads.map(usize::from))
}

fn follow(mut run: Run<'_>, name: &str, interrupt: &Interrupt) -> anyhow::Result<Option<Summary>> {
    for warning in &run.prepared.warnings {
        output::note(&format!("warning: {warning}"));
    }
    if !run.train(interrupt)? {
        output::note(&format!(
            "stopped; to go on: {}",
            resume_command(run.results.folder())
        ));
        return Ok(None);
    }
    let summary = run.finish()?;
    for warning in &summary.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let kept = match summary.kept_epoch {
        epoch if epoch == summary.epochs => String::new(),
        epoch => format!(" with the weights of epoch {epoch}"),
    };
    output::print(&format!(
        "{name}, seed {}: test accuracy {:.2} % after {} epochs{kept}, {:.1} s, {:.0} samples/s\nresults in {}\n",
        summary.seed,
        100.0 * summary.test_accuracy,
        summary.epochs,
        summary.train_seconds,
        summary.samples_per_second,
        run.results.folder().display(),
    ))?;
    if let Some(told) = output::grazing(summary.grazing_spikes) {
        output::note(&format!("over all epochs {told}"));
    }
    Ok(Some(summary))
}
