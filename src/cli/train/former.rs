//! The results of a finished run, while another run takes its folder.

use std::path::{Path, PathBuf};

use spikefront::Result;
use spikefront::files::{create_folder, read, remove, remove_leftovers, write_atomically};

use super::results::{CHECKPOINT, EXPERIMENT, METRICS, outcomes};

/// The folder in that of a run where the results of the one before lie, as long as the run has not ended.
const PREVIOUS: &str = "previous";

/// All files of a run. The checkpoint comes last: with it the copy is whole.
fn names() -> impl Iterator<Item = &'static str> {
    outcomes().chain([METRICS, EXPERIMENT, CHECKPOINT])
}

/// Copies the finished run in `folder` aside, in the place of one that was copied before.
pub fn keep(folder: &Path) -> Result<()> {
    let to = folder.join(PREVIOUS);
    create_folder(&to)?;
    remove(to.join(CHECKPOINT))?;
    for name in names() {
        let (from, to) = (folder.join(name), to.join(name));
        if !from.exists() {
            remove(to)?;
            continue;
        }
        // They were held in memory when they were written.
        write_atomically(to, read(from, u64::MAX)?)?;
    }
    Ok(())
}

/// Where the results of the run before the one in `folder` are, if they are there.
pub fn place(folder: &Path) -> Option<PathBuf> {
    let place = folder.join(PREVIOUS);
    place.join(CHECKPOINT).exists().then_some(place)
}

/// Removes them, as the run in `folder` has ended. What else lies there stays.
pub fn forget(folder: &Path) -> Result<()> {
    let place = folder.join(PREVIOUS);
    if !place.exists() {
        return Ok(());
    }
    remove_leftovers(&place)?;
    names().map(|name| place.join(name)).try_for_each(remove)?;
    // It fails where a person has put something there.
    drop(std::fs::remove_dir(place));
    Ok(())
}
