//! All runs of a sweep: in turn, a share of them, or several at once.

use std::path::Path;
use std::sync::Arc;

use spikefront::{Engine, Error, ErrorKind};

use super::results::{Summary, has_run};
use super::run::resume_command;
use super::side_by_side::{self, Ending};
use super::sweep::{Planned, Stage, Sweep};
use super::together::Together;
use super::{TrainArgs, begin, resume};
use crate::cli::{Outcome, output};

/// Runs what the arguments ask for of a sweep, and tells what came of all that has ended; where runs `may_have_begun`, only what
/// is missing.
pub fn all_runs(
    args: &TrainArgs,
    mut sweep: Sweep,
    engine: &Arc<dyn Engine>,
    may_have_begun: bool,
    together: &Together,
) -> anyhow::Result<Outcome> {
    // Shares write into the folders of their own runs, and only for a moment into that of all.
    let lock = match args.share {
        None => Some(sweep.lock()?),
        Some(_) => None,
    };
    let planned = sweep.runs()?;
    let ending = match args.jobs {
        Some(jobs @ 2..) => {
            let what = (&sweep, &planned[..]);
            side_by_side::run(args, what, engine.name(), jobs.into(), &together.interrupt)?
        }
        _ => in_turn(args, (&sweep, &planned), engine, may_have_begun, together)?,
    };
    let Ending::Done(failed) = ending else {
        if !args.part_of_jobs {
            let command = resume_command(sweep.folder());
            output::note(&format!("for all runs: {command}"));
        }
        return Ok(Outcome::Interrupted(together.interrupt.code()));
    };
    let own = |place: usize| args.share.is_none_or(|share| share.has(place));
    let n_own = (0..planned.len()).filter(|&place| own(place)).count();
    if let (0, Some(share)) = (n_own, args.share) {
        let n = planned.len();
        output::note(&format!("share {share} has none of the {n} runs"));
    }
    let _lock = match lock {
        None if !args.part_of_jobs => Some(sweep.wait()?),
        lock => lock,
    };
    // Who is one of several jobs tells of its own run alone.
    let ended = ended(&planned, |place| !args.part_of_jobs || own(place))?;
    let mut of_own = ended.iter().filter(|(place, _)| own(*place));
    let is_clean = of_own.all(|(_, summary)| summary.warnings.is_empty());
    if !args.part_of_jobs {
        let missing = match planned.len() - ended.len() {
            0 => String::new(),
            n => format!("not ended yet: {n} of {} runs\n", planned.len()),
        };
        let of_setting = ended.into_iter();
        let of_setting = of_setting.map(|(place, summary)| (planned[place].setting, summary));
        let table = sweep.finish(&of_setting.collect::<Vec<_>>())?;
        let folder = sweep.folder().display();
        output::print(&format!("{table}{missing}results in {folder}\n"))?;
    }
    if !failed.is_empty() && n_own > 1 {
        let folders = failed
            .iter()
            .map(|&place| planned[place].folder.display().to_string());
        anyhow::bail!(
            "{} of {n_own} runs failed: {}",
            failed.len(),
            folders.collect::<Vec<String>>().join(", ")
        );
    }
    Ok(match is_clean {
        true => Outcome::Success,
        false => Outcome::Negative,
    })
}

/// Wanted runs that have ended, each with its place.
fn ended(
    planned: &[Planned],
    is_wanted: impl Fn(usize) -> bool,
) -> anyhow::Result<Vec<(usize, Summary)>> {
    let mut ended = Vec::new();
    for (place, run) in planned.iter().enumerate() {
        if is_wanted(place)
            && let Stage::Ended(summary) = Sweep::stage(&run.experiment, &run.folder)?
        {
            ended.push((place, *summary));
        }
    }
    Ok(ended)
}

/// Each run after the one before.
fn in_turn(
    args: &TrainArgs,
    (sweep, planned): (&Sweep, &[Planned]),
    engine: &Arc<dyn Engine>,
    may_have_begun: bool,
    together: &Together,
) -> anyhow::Result<Ending> {
    let (mut failed, mut has_ended) = (Vec::new(), false);
    let n_planned = planned.len();
    for (place, run) in planned.iter().enumerate() {
        if args.share.is_some_and(|share| !share.has(place)) {
            continue;
        }
        let Planned {
            experiment, folder, ..
        } = run;
        let stage = match may_have_begun {
            true => Sweep::stage(experiment, folder)?,
            false => Stage::New,
        };
        let told = || {
            output::note(&format!(
                "run {} of {n_planned}: {}",
                place + 1,
                folder.display()
            ))
        };
        let summary = match stage {
            Stage::Ended(_) => continue,
            Stage::Left => {
                told();
                let data = experiment.data.folder.as_deref();
                resume(args, data, engine, folder, together)
            }
            Stage::New => {
                told();
                let what = (sweep.name(), experiment);
                begin(args, what, engine, folder, together)
            }
        };
        match summary {
            Ok(Some(_)) => has_ended = true,
            Ok(None) => return Ok(Ending::Interrupted),
            Err(error) if n_planned > 1 && kind(&error) == Some(ErrorKind::Held) => {
                output::note("passed over, as another process is at it");
            }
            // What keeps the first run from beginning would keep the others, too.
            Err(error)
                if n_planned > 1
                    && (has_ended || is_of_training(&error, folder))
                    && !args.part_of_jobs =>
            {
                output::note(&format!("this run failed: {}", output::describe(&error)));
                failed.push(place);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ending::Done(failed))
}

/// Whether a run that had begun went astray, which says nothing about the others.
fn is_of_training(error: &anyhow::Error, folder: &Path) -> bool {
    matches!(
        kind(error),
        Some(ErrorKind::Invalid | ErrorKind::Malformed | ErrorKind::SpikeBudget)
    ) && has_run(folder)
}

fn kind(error: &anyhow::Error) -> Option<ErrorKind> {
    error.downcast_ref::<Error>().map(Error::kind)
}
