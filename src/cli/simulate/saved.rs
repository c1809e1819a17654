//! Checkpoints of a run.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use spikefront::network::NetworkBuilder;
use spikefront::networks::SimulationCheckpoint;
use spikefront::stream::StreamState;
use spikefront::{Error, Result, files};

use super::SimulateArgs;
use super::watched::{SoFar, Watched};
use crate::cli::same_file::same_file;
use crate::cli::stream_engine::StreamEngine;

/// Where checkpoints go, and when.
pub struct Saving {
    path: PathBuf,
    every: Duration,
    last: Instant,
}

impl Saving {
    /// As the command line asks; none where it does not.
    pub fn new(args: &SimulateArgs) -> Result<Option<Self>> {
        let Some(path) = args.checkpoint.as_ref().or(args.resume.as_ref()) else {
            return match args.checkpoint_every {
                Some(every) => Err(Error::invalid(
                    "--checkpoint-every",
                    every,
                    "say where to: --checkpoint FILE",
                )),
                None => Ok(None),
            };
        };
        if args.engine.engine == StreamEngine::Gpu {
            return Err(Error::unavailable(
                "a checkpoint of a simulation on a GPU",
                "use --engine cpu",
            ));
        }
        check_place(path, args.resume.as_deref())?;
        let every = args.checkpoint_every.unwrap_or(f64::INFINITY);
        if every.is_nan() || every <= 0.0 {
            let remedy = "give a number of seconds above zero";
            return Err(Error::invalid("--checkpoint-every", every, remedy));
        }
        Ok(Some(Self {
            path: path.clone(),
            // Longer than a Duration holds is never.
            every: Duration::try_from_secs_f64(every).unwrap_or(Duration::MAX),
            last: Instant::now(),
        }))
    }

    /// Whether it is time for one.
    pub fn is_due(&self) -> bool {
        self.last.elapsed() >= self.every
    }

    /// Writes one; what was recorded so far is on disk before.
    pub fn write(
        &mut self,
        described: &NetworkBuilder,
        state: StreamState,
        watched: &mut Watched<'_>,
    ) -> Result<()> {
        let notes = serde_json::to_string(&watched.so_far()?)
            .map_err(|error| Error::invalid("checkpoint", error, "report this as a fault"))?;
        SimulationCheckpoint::new(described, state, notes).write(&self.path)?;
        self.last = Instant::now();
        Ok(())
    }

    /// What a person does to go on.
    pub fn advice(&self) -> String {
        format!("go on with --resume {}", self.path.display())
    }

    /// Removes the checkpoint of a run that is complete.
    pub fn remove(self) -> Result<()> {
        files::remove(self.path)
    }
}

/// Refuses, before anything is simulated, a place where no checkpoint can be written, and a file that is there already: it
/// would be replaced, and removed at the end. The checkpoint that the run goes on from is its own.
fn check_place(path: &Path, resume: Option<&Path>) -> Result<()> {
    let refuse = |remedy: &str| {
        let place = format!("{:?}", path.display().to_string());
        Err(Error::invalid("--checkpoint", place, remedy))
    };
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    if !folder.unwrap_or(Path::new(".")).is_dir() {
        return refuse("make its folder first");
    }
    if resume.is_some_and(|own| same_file(own, path)) || path.symlink_metadata().is_err() {
        return Ok(());
    }
    refuse("there is something of that name: go on from it with --resume, or name another file")
}

/// The checkpoint to go on from, where one is asked for.
pub fn resumed(
    args: &SimulateArgs,
    described: &NetworkBuilder,
) -> Result<Option<(StreamState, SoFar)>> {
    let Some(path) = &args.resume else {
        return Ok(None);
    };
    if path.is_dir() {
        let remedy = "it is a folder: name the file that --checkpoint wrote";
        return Err(Error::invalid("--resume", path.display(), remedy));
    }
    let checkpoint = SimulationCheckpoint::read(path)?;
    checkpoint.check(described)?;
    let so_far = serde_json::from_str(&checkpoint.notes);
    let so_far = so_far.map_err(|error| Error::malformed(path.display().to_string(), error))?;
    Ok(Some((checkpoint.state, so_far)))
}

/// Refuses to go on with other times than a run began with: its statistics would be of neither.
pub fn check_time(was: &Range<f64>, is: &Range<f64>) -> Result<()> {
    if was == is {
        return Ok(());
    }
    Err(Error::invalid(
        "time from `from` to the end",
        format!("{} to {} ms", is.start, is.end),
        format!(
            "the run that is resumed has {} to {} ms: give the same --from and --duration",
            was.start, was.end
        ),
    ))
}
