//! `spikefront preset`: the experiments and the networks that ship with the program.

use std::fmt::Write;

use clap::Args;
use spikefront::networks::{NETWORKS, SimulationFile};
use spikefront::train::Experiment;

use super::output;

/// The name of the text that explains them all.
const EVERY_KEY: &str = "every-key";
/// The same of files for `simulate`.
const EVERY_SIMULATION_KEY: &str = "every-simulation-key";

/// Arguments of `preset`.
#[derive(Debug, Args)]
pub struct PresetArgs {
    /// Which one [default: a list of them]
    name: Option<String>,
}

/// Runs `preset`.
pub fn run(args: &PresetArgs) -> anyhow::Result<()> {
    match args.name.as_deref() {
        Some(EVERY_KEY) => return output::print(Experiment::every_key()),
        Some(EVERY_SIMULATION_KEY) => return output::print(SimulationFile::every_key()),
        Some(name) => {
            if let Some(network) = NETWORKS.iter().find(|network| network.name == name) {
                let title = format!("{}: spikefront simulate FILE.toml", network.about);
                return output::print(&network.file(1.0, 0, &[])?.to_toml(&title)?);
            }
            return output::print(Experiment::preset_text(name)?);
        }
        None => {}
    }
    let mut list = String::new();
    let every_key = (EVERY_KEY, Experiment::every_key());
    for (name, text) in Experiment::presets().iter().chain([&every_key]) {
        let what = text.lines().next().unwrap_or_default();
        writeln!(list, "{name:<16} {}", what.trim_start_matches("# "))?;
    }
    for network in NETWORKS {
        writeln!(list, "{:<16} {}", network.name, network.about)?;
    }
    let what = SimulationFile::every_key()
        .lines()
        .next()
        .unwrap_or_default();
    writeln!(
        list,
        "{EVERY_SIMULATION_KEY} {}",
        what.trim_start_matches("# ")
    )?;
    output::print(&list)
}
