//! What a run is followed for: spikes and states, as far as they are asked for.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spikefront::data::KeptParts;
use spikefront::files::{FolderLock, create_folder};
use spikefront::network::PopulationInRows;
use spikefront::stream::Stream;
use spikefront::{Error, Result};

use super::SimulateArgs;
use super::asked::Asked;
use super::observe::{Observer, SpikesSoFar};
use super::recorded::recorded;
use super::results::Summary;
use super::states::{self, StateFiles, StatesSoFar};

/// What a checkpoint remembers beside the simulation's state.
#[derive(Debug, Serialize, Deserialize)]
pub struct SoFar {
    spikes: SpikesSoFar,
    states: Vec<StatesSoFar>,
    /// Where they are written.
    folder: Option<PathBuf>,
}

/// The right to write into the folder of results, where there is one, which is that of the run that is gone on with: two runs in one folder
/// would mix what they write.
pub fn claim(out: Option<&Path>, so_far: Option<&SoFar>) -> Result<Option<FolderLock>> {
    if let Some(so_far) = so_far {
        check_folder(so_far.folder.as_deref(), out)?;
    }
    let Some(folder) = out else {
        return Ok(None);
    };
    create_folder(folder)?;
    FolderLock::take(folder).map(Some)
}

/// Follows a simulation.
pub struct Watched<'n> {
    pub observer: Observer<'n>,
    states: StateFiles,
    folder: Option<PathBuf>,
}

impl<'n> Watched<'n> {
    /// As the command line and the file ask; where a run is gone on with, from where it was. Files that are written are `kept`
    /// where they may be gone on with.
    pub fn new(
        args: &SimulateArgs,
        asked: &Asked,
        populations: &'n [PopulationInRows],
        time: Range<f64>,
        is_kept: bool,
        so_far: Option<SoFar>,
    ) -> Result<Self> {
        let file = &asked.file;
        let recorded = recorded(&file.populations, &args.record, &file.records)?;
        let out = args.out.as_deref();
        let absolute = out.map(|out| {
            let absolute = std::path::absolute(out);
            absolute.map_err(|source| Error::io("find", out, source))
        });
        let folder = absolute.transpose()?;
        let (observer, states_so_far) = match so_far {
            Some(so_far) => {
                let spikes = so_far.spikes;
                let observer = Observer::resume(populations, time.clone(), recorded, out, spikes)?;
                (observer, Some(so_far.states))
            }
            None => (
                Observer::new(populations, time.clone(), recorded, out, is_kept)?,
                None,
            ),
        };
        let states = match out.filter(|_| states::are_asked(&asked.file)) {
            Some(out) => {
                let so_far = states_so_far.as_deref();
                StateFiles::new(populations, &asked.file, &time, out, is_kept, so_far)?
            }
            None => StateFiles::default(),
        };
        Ok(Self {
            observer,
            states,
            folder,
        })
    }

    pub fn states(&self) -> &StateFiles {
        &self.states
    }

    /// Goes on until `until` ms, and notes what comes.
    pub fn advance(&mut self, simulation: &mut dyn Stream, until: f64) -> Result<()> {
        let window = simulation.window();
        let Self {
            observer, states, ..
        } = self;
        simulation.run_recording(
            until,
            &mut |spikes| observer.note(spikes, window),
            &mut |samples| states.note(samples),
        )
    }

    /// What a checkpoint remembers; all of it so far is on disk.
    pub fn so_far(&mut self) -> Result<SoFar> {
        Ok(SoFar {
            spikes: self.observer.so_far()?,
            states: self.states.so_far()?,
            folder: self.folder.clone(),
        })
    }

    /// Puts all files in their places in `folder`.
    pub fn save(self, folder: &Path, end: f64, summary: &Summary) -> Result<KeptParts> {
        let states = self.states.finish()?;
        Ok(states.and(self.observer.save(folder, end, summary)?))
    }
}

/// Refuses to go on without the folder that a run began with, with one where it had none, or with one that is not there.
fn check_folder(was: Option<&Path>, is: Option<&Path>) -> Result<()> {
    let (value, remedy) = match (was, is) {
        (Some(was), None) => (
            "not given".to_owned(),
            format!(
                "the run that is resumed writes into {0}: give --out {0}",
                was.display()
            ),
        ),
        (None, Some(is)) => (
            is.display().to_string(),
            "the run that is resumed began without a folder: leave it out".to_owned(),
        ),
        (Some(was), Some(is)) if !is.is_dir() => (
            is.display().to_string(),
            format!(
                "there is no such folder, and what the run has written so far is in {0}: give --out {0}, or move that folder there",
                was.display()
            ),
        ),
        _ => return Ok(()),
    };
    Err(Error::invalid("--out", value, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_asked_for_where_there_was_one() {
        let (run, other) = (Path::new("/runs/x"), Path::new("src"));
        assert!(check_folder(Some(run), Some(other)).is_ok() && check_folder(None, None).is_ok());
        let told = |was, is| {
            check_folder(was, is)
                .expect_err("it is refused")
                .to_string()
        };
        assert!(told(Some(run), None).ends_with("writes into /runs/x: give --out /runs/x"));
        assert!(told(None, Some(other)).contains("--out is src: "));
        let missing = told(Some(run), Some(Path::new("src/none")));
        assert!(
            missing.starts_with("--out is src/none: there is no such folder")
                && missing.contains("is in /runs/x: give --out /runs/x"),
            "{missing}"
        );
    }
}
