//! What bounds an answer and its cost: the slope floor, the spike budget, and silence, which costs nothing.

mod budget;
mod grazing;
mod silence;

use std::path::PathBuf;

use spikefront::Result;
use spikefront::case::Case;

fn fault(name: &str) -> Result<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    Case::read(folder.join(name))
}
