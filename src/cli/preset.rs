//! `spikefront preset`: the experiments that ship with the program.

use std::fmt::Write;

use clap::Args;
use spikefront::train::Experiment;

use super::output;

/// Arguments of `preset`.
#[derive(Debug, Args)]
pub struct PresetArgs {
    /// Which one [default: a list of them]
    name: Option<String>,
}

/// Runs `preset`.
pub fn run(args: &PresetArgs) -> anyhow::Result<()> {
    if let Some(name) = &args.name {
        return output::print(Experiment::preset_text(name)?);
    }
    let mut list = String::new();
    for (name, text) in Experiment::presets() {
        let what = text.lines().next().unwrap_or_default();
        writeln!(list, "{name:<16} {}", what.trim_start_matches("# "))?;
    }
    output::print(&list)
}
