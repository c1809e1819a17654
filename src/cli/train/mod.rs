//! `spikefront train`: an experiment from data to weights, figures and pictures.

mod args;
mod axes;
mod chance;
mod choose;
mod diagnosis;
mod former;
mod over_ranks;
mod pictures;
mod progress;
mod results;
mod run;
mod seeds;
mod several;
mod share;
mod side_by_side;
mod sweep;
mod sweep_table;
mod together;
mod voltages;

use std::sync::Arc;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use spikefront::files::FolderLock;
use spikefront::train::{Checkpoint, EngineSetting, Experiment};
use spikefront::{Engine, Error, count};

use super::interrupt::Interrupt;
use super::{Outcome, nir, output, ranks};
pub use args::TrainArgs;
use choose::{Chosen, choose, fixed};
use results::{Results, Summary};
use run::{Run, resume_command};
use seeds::Range;
use several::all_runs;
use sweep::Sweep;
use together::Together;

/// Where the training does not look for a second.
const FAREWELL: &str = "stopped within a step, or outside of training; `spikefront train --resume DIR` goes on from the last checkpoint";

/// Runs `train`.
pub fn run(args: &TrainArgs) -> anyhow::Result<Outcome> {
    match ranks::started() {
        Some(started) => over_ranks::train(args, started),
        None => run_together(args, &Together::alone(Interrupt::listen(FAREWELL)?)),
    }
}

fn run_together(args: &TrainArgs, together: &Together) -> anyhow::Result<Outcome> {
    let folder = match &args.resume {
        None => return start(args, together),
        Some(folder) => folder,
    };
    nir::refuse(folder)?;
    if let Some(mut sweep) = Sweep::find(folder)? {
        together.refuse_several()?;
        if let Some(epochs) = args.epochs {
            let remedy = format!(
                "several runs are there: give it with one of them, a folder seed-N in {}",
                folder.display()
            );
            return Err(Error::invalid("--epochs", epochs, remedy).into());
        }
        let engine = together.engine(args, sweep.experiment().engine)?;
        sweep.change(args.data.as_deref(), setting_of(&engine))?;
        return all_runs(args, sweep, &engine, true, together);
    }
    let checkpoint = Results::resume(folder)?;
    args.refuse_several()?;
    let engine = together.engine(args, checkpoint.experiment.engine)?;
    let data = args.data.as_deref();
    let summary = resume(args, data, &engine, folder, together)?;
    Ok(outcome(summary.as_ref(), &together.interrupt))
}

fn outcome(summary: Option<&Summary>, interrupt: &Interrupt) -> Outcome {
    match summary {
        Some(summary) if summary.warnings.is_empty() => Outcome::Success,
        Some(_) => Outcome::Negative,
        None => Outcome::Interrupted(interrupt.code()),
    }
}

fn start(args: &TrainArgs, together: &Together) -> anyhow::Result<Outcome> {
    let Chosen {
        name,
        mut experiment,
        axes,
    } = choose(args)?;
    let engine = together.engine(args, experiment.engine)?;
    // What was taken, not what would be taken elsewhere: running the file again is the same run.
    experiment.engine = setting_of(&engine);
    let folder = |last: String| match &args.out {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("runs/{name}-{last}")),
    };
    if args.seeds.is_some() || !axes.is_empty() {
        together.refuse_several()?;
        let last = if axes.is_empty() { "seeds" } else { "sweep" };
        let folder = folder(last.to_owned());
        let seeds = args.seeds.unwrap_or(Range {
            first: experiment.seed,
            last: experiment.seed,
        });
        let runs = (axes, seeds);
        let what = (name.as_str(), experiment);
        let asked = Sweep::new(folder, what, runs);
        let sweep = match args.share {
            None => asked.create(args.overwrite)?,
            Some(_) => asked.join()?,
        };
        return all_runs(args, sweep, &engine, args.share.is_some(), together);
    }
    args.refuse_several()?;
    let folder = folder(experiment.seed.to_string());
    let what = (name.as_str(), &experiment);
    let summary = begin(args, what, &engine, &folder, together)?;
    Ok(outcome(summary.as_ref(), &together.interrupt))
}

/// What there is of the run in a folder.
///
/// # Errors
/// A folder without a run, or with several; a checkpoint that cannot be read.
pub fn read_run(folder: &Path) -> spikefront::Result<Checkpoint> {
    nir::refuse(folder)?;
    Results::look(folder)
}

/// A run from its beginning; none where it is left before its end.
fn begin(
    args: &TrainArgs,
    (name, experiment): (&str, &Experiment),
    engine: &Arc<dyn Engine>,
    folder: &Path,
    together: &Together,
) -> anyhow::Result<Option<Summary>> {
    let prepared = experiment.prepare(experiment.seed)?;
    if let Some(initial) = prepared.initial()? {
        output::note(&initial.to_string());
    }
    let mut trainer = prepared.trainer(engine.clone())?;
    let first = Checkpoint::new(experiment, &prepared.network, &[], trainer.state()?);
    let first = first.of_data(&prepared);
    let run = Run {
        results: match together.is_first() {
            true => Results::create(folder, &first, args.overwrite)?,
            false => Results::elsewhere(folder),
        },
        together,
        prepared: &prepared,
        engine,
        trainer,
        history: Vec::new(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    follow(run, name)
}

/// A run from where it was left, with its data where they are said to be; none where it is left again.
fn resume(
    args: &TrainArgs,
    data: Option<&Path>,
    engine: &Arc<dyn Engine>,
    folder: &Path,
    together: &Together,
) -> anyhow::Result<Option<Summary>> {
    let lock = together.is_first().then(|| FolderLock::take(folder));
    let lock = lock.transpose()?;
    together.meet()?;
    // Another program may have gone on with it until now.
    let there = Results::resume(folder)?;
    // Nothing is written before all have read.
    together.meet()?;
    let before = there.experiment.clone();
    let mut checkpoint = match args.epochs {
        None => there,
        Some(epochs) => there.for_epochs(epochs as usize)?,
    };
    if let Some(data) = data {
        checkpoint.experiment.data.folder = Some(data.to_owned());
        checkpoint.experiment = fixed(checkpoint.experiment)?;
    }
    if checkpoint.experiment == before
        && let Some(summary) = Results::ended(folder, &checkpoint)?
    {
        together.meet()?;
        if together.is_first() {
            Results::tidy(folder)?;
        }
        output::note(
            "the run has ended, and stays as it is; --epochs N goes on to N epochs in all",
        );
        tell(checkpoint.experiment.data.task.name(), &summary, folder)?;
        return Ok(Some(summary));
    }
    // An ended run has nothing left to compute on another engine.
    checkpoint.experiment.engine = setting_of(engine);
    if ![checkpoint.experiment.engine, EngineSetting::Auto].contains(&before.engine) {
        output::note(&format!(
            "goes on with the engine {}, and the run was on another: its bits are not those of a run without the change",
            engine.name()
        ));
    }
    let (checkpoint, is_changed) = (&checkpoint, checkpoint.experiment != before);
    let prepared = checkpoint.experiment.prepare(checkpoint.experiment.seed);
    let prepared = match checkpoint.experiment.data.folder {
        None => prepared?,
        Some(_) => prepared.context("the run's data (--data says where they are now)")?,
    };
    checkpoint.check_data(&prepared)?;
    let trainer = prepared.trainer_from(engine.clone(), &checkpoint.state(&prepared.network)?)?;
    let run = Run {
        results: match (lock, is_changed) {
            (None, _) => Results::elsewhere(folder),
            (Some(lock), false) => Results::open(folder, checkpoint, lock)?,
            (Some(lock), true) => Results::change(folder, checkpoint, lock)?,
        },
        together,
        prepared: &prepared,
        engine,
        trainer,
        history: checkpoint.history.clone(),
        every: Duration::from_secs(args.checkpoint_every.into()),
    };
    output::note(&format!(
        "resumed after {} and {}",
        count(checkpoint.n_epochs(), "epoch"),
        count(checkpoint.n_batches(), "step")
    ));
    follow(run, checkpoint.experiment.data.task.name())
}

/// What an experiment calls an engine.
fn setting_of(engine: &dyn Engine) -> EngineSetting {
    match engine.name() {
        "gpu" => EngineSetting::Gpu,
        _ => EngineSetting::Cpu,
    }
}

fn follow(mut run: Run<'_>, name: &str) -> anyhow::Result<Option<Summary>> {
    for warning in &run.prepared.warnings {
        output::note(&format!("warning: {warning}"));
    }
    if !run.train()? {
        output::note(&format!(
            "stopped; to go on: {}",
            resume_command(run.results.folder())
        ));
        if let Some(former) = former::place(run.results.folder()) {
            output::note(&format!(
                "the results of the run before are in {} until this one has ended",
                former.display()
            ));
        }
        return Ok(None);
    }
    let summary = run.finish()?;
    tell(name, &summary, run.results.folder())?;
    Ok(Some(summary))
}

/// What a run has come to.
fn tell(name: &str, summary: &Summary, folder: &Path) -> anyhow::Result<()> {
    for warning in summary.warnings.iter().chain(&summary.notes) {
        output::note(&format!("warning: {warning}"));
    }
    let kept = match summary.kept_epoch {
        epoch if epoch == summary.epochs => String::new(),
        epoch => format!(" with the weights of epoch {epoch}"),
    };
    let speed = match summary.epochs {
        0 => String::new(),
        _ => format!(
            ", {:.1} s, {:.0} samples/s",
            summary.train_seconds, summary.samples_per_second
        ),
    };
    output::print(&format!(
        "{name}, seed {}: test accuracy {:.2} % after {}{kept}{speed}\nresults in {}\n",
        summary.seed,
        100.0 * summary.test_accuracy,
        count(summary.epochs, "epoch"),
        folder.display(),
    ))?;
    if let Some(ranks) = &summary.ranks {
        output::print(&(ranks.told() + "\n"))?;
    }
    if let Some(told) = output::grazing(summary.grazing_spikes) {
        output::note(&format!("over all epochs {told}"));
    }
    Ok(())
}
