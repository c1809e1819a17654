//! Several runs at once, each in a process of its own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;

use super::TrainArgs;
use super::share::Share;
use super::sweep::{Planned, Stage, Sweep};
use crate::cli::interrupt::Interrupt;
use crate::cli::output;

/// How often processes are looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// How an error ends a process.
const ERROR: i32 = 2;

/// A run in progress.
struct Worker {
    place: usize,
    child: Child,
    /// Passes on what it tells.
    teller: JoinHandle<()>,
}

/// How all ended.
pub enum Ending {
    /// The places of runs that failed, in order.
    Done(Vec<usize>),
    /// Someone asked to stop.
    Interrupted,
}

/// Runs what is missing of `planned`, so many at a time.
///
/// # Errors
/// A process that cannot be started; a failure that all runs would share.
pub fn run(
    args: &TrainArgs,
    (sweep, planned): (&Sweep, &[Planned]),
    engine: &str,
    jobs: usize,
    interrupt: &Interrupt,
) -> anyhow::Result<Ending> {
    let mut waiting = VecDeque::new();
    for (place, run) in planned.iter().enumerate() {
        if !matches!(Sweep::stage(&run.experiment, &run.folder)?, Stage::Ended(_)) {
            waiting.push_back(place);
        }
    }
    let start = Start {
        args,
        sweep,
        planned,
        engine,
        threads: threads(args, jobs.min(waiting.len())),
    };
    let (mut workers, mut failed) = (Vec::<Worker>::new(), Vec::new());
    let mut is_asked = false;
    let mut cause = None;
    let mut has_ended = false;
    loop {
        if !is_asked && interrupt.is_asked() {
            is_asked = true;
            waiting.clear();
            workers
                .iter()
                .for_each(|worker| pass_on(&worker.child, interrupt));
        }
        while workers.len() < jobs
            && let Some(place) = waiting.pop_front()
        {
            match start.worker(place) {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    waiting.clear();
                    cause = Some(error);
                }
            }
        }
        let mut running = Vec::new();
        for mut worker in workers {
            let ended = worker
                .child
                .try_wait()
                .context("failed to wait for a run")?;
            let Some(status) = ended else {
                running.push(worker);
                continue;
            };
            // A teller that panicked has told what it could.
            let _ = worker.teller.join();
            let Planned { folder, .. } = &planned[worker.place];
            let is_failure = !is_asked && !matches!(status.code(), Some(0 | 1));
            has_ended |= !is_failure;
            if is_failure && status.code() != Some(ERROR) {
                let name = start.name(worker.place);
                output::note(&format!("{}: ended by {status}", name.display()));
            }
            let has_begun = has_ended || super::results::has_run(folder);
            if is_failure && status.code() == Some(ERROR) && !has_begun {
                // What keeps the first run from beginning would keep the others, too.
                waiting.clear();
                let what = format!("{} did not begin", folder.display());
                cause = cause.or(Some(anyhow::anyhow!(what)));
            } else if is_failure {
                failed.push(worker.place);
            }
        }
        workers = running;
        if workers.is_empty() && waiting.is_empty() {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    failed.sort_unstable();
    match cause {
        Some(error) => Err(error),
        None if is_asked => Ok(Ending::Interrupted),
        None => Ok(Ending::Done(failed)),
    }
}

/// How many threads each of so many processes gets.
fn threads(args: &TrainArgs, jobs: usize) -> usize {
    let shared = || rayon::current_num_threads() / jobs.max(1);
    args.threads.map_or_else(shared, usize::from).max(1)
}

struct Start<'a> {
    args: &'a TrainArgs,
    sweep: &'a Sweep,
    planned: &'a [Planned],
    engine: &'a str,
    threads: usize,
}

impl Start<'_> {
    fn worker(&self, place: usize) -> anyhow::Result<Worker> {
        let program = std::env::current_exe().context("failed to find the program itself")?;
        let share = Share::one(place, self.planned.len());
        let mut command = Command::new(program);
        command
            .args(["train", "--part-of-jobs", "--resume"])
            .arg(self.sweep.folder())
            .args(["--share", &share.to_string()])
            .args(["--threads", &self.threads.to_string()])
            .args([
                "--checkpoint-every",
                &self.args.checkpoint_every.to_string(),
            ])
            .args(["--engine", self.engine])
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let device = [
            ("--adapter", self.args.engine.adapter.map(|ix| ix as u64)),
            ("--memory", self.args.engine.memory),
        ];
        for (option, value) in device {
            command.args(value.map(|value| format!("{option}={value}")));
        }
        alone(&mut command);
        let mut child = command.spawn().context("failed to start a run")?;
        let name = self.name(place).display().to_string();
        let told = child.stderr.take();
        let teller = std::thread::spawn(move || {
            let lines = told
                .into_iter()
                .flat_map(|told| BufReader::new(told).lines());
            // A run whose words cannot be read goes on without them.
            for line in lines.map_while(Result::ok) {
                output::note(&format!("{name}: {line}"));
            }
        });
        Ok(Worker {
            place,
            child,
            teller,
        })
    }

    /// The run's folder, seen from that of all.
    fn name(&self, place: usize) -> PathBuf {
        let folder = &self.planned[place].folder;
        let within = folder.strip_prefix(self.sweep.folder());
        within.unwrap_or(folder).to_owned()
    }
}

/// Keeps a terminal's Ctrl-C from a process: it is passed on once, and twice would be at once.
#[cfg(unix)]
fn alone(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn alone(_: &mut Command) {}

/// Asks a run to stop in the way in which this process was asked.
#[cfg(unix)]
fn pass_on(child: &Child, interrupt: &Interrupt) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match interrupt.code() {
        129 => Signal::HUP,
        143 => Signal::TERM,
        _ => Signal::INT,
    };
    // One that has just ended needs no asking.
    let _ = kill_process(Pid::from_child(child), signal);
}

/// A console sends Ctrl-C to every process.
#[cfg(not(unix))]
fn pass_on(_: &Child, _: &Interrupt) {}
