//! `spikefront preset`: the experiments that ship with the program.

use std::fmt::Write;

use clap::Args;
use spikefront::train::Experiment;

use super::output;

/// The name of the text that explains them all.
const EVERY_KEY: &str = "every-key";

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
        Some(name) => return output::print(Experiment::preset_text(name)?),
        None => {}
    }
    let mut list = String::new();
    let every_key = (EVERY_KEY, Experiment::every_key());
    for (name, text) in Experiment::presets().iter().chain([&every_key]) {
        let what = text.lines().next().unwrap_or_default();
        writeln!(list, "{name:<16} {}", what.trim_start_matches("# "))?;
    }
    output::print(&list)
}
