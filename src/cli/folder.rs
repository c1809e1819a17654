//! What a folder of results holds: a training or a simulation, never both.

use std::path::Path;

use spikefront::{Error, Result};

/// What several runs of a training leave together.
pub const SWEEP: &str = "sweep.json";
/// Files that only trainings leave.
const OF_TRAININGS: [&str; 2] = ["checkpoint.safetensors", SWEEP];
/// Files that only simulations leave: the second of those with a checkpoint that have not ended.
const OF_SIMULATIONS: [&str; 2] = ["rates.svg", "spikes.npz.0.part"];

/// Refuses the folder of a training for the results of a simulation.
///
/// # Errors
/// It is one.
pub fn refuse_training(folder: &Path) -> Result<()> {
    refuse(folder, &OF_TRAININGS, "a training")
}

/// Refuses the folder of a simulation for a training.
///
/// # Errors
/// It is one.
pub fn refuse_simulation(folder: &Path) -> Result<()> {
    refuse(folder, &OF_SIMULATIONS, "a simulation")
}

/// Refuses a folder of several runs where one is asked for.
///
/// # Errors
/// It is one.
pub fn refuse_several(folder: &Path) -> Result<()> {
    if !folder.join(SWEEP).exists() {
        return Ok(());
    }
    let remedy = "several runs are there: name the folder of one";
    Err(Error::invalid("folder of a run", folder.display(), remedy))
}

fn refuse(folder: &Path, files: &[&str], what: &str) -> Result<()> {
    match files.iter().find(|name| folder.join(name).exists()) {
        None => Ok(()),
        Some(file) => {
            let remedy = format!("the results of {what} are there ({file}): name another folder");
            Err(Error::invalid("--out", folder.display(), remedy))
        }
    }
}
