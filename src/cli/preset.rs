//! `spikefront preset`: the experiments and the networks that ship with the program.

use std::fmt::Write;

use clap::Args;
use spikefront::Error;
use spikefront::networks::{NETWORKS, SimulationFile};
use spikefront::train::Experiment;

use super::output;

/// The name of the text that explains them all.
const EVERY_KEY: &str = "every-key";
/// The same of files for `simulate`.
const EVERY_SIMULATION_KEY: &str = "every-simulation-key";

/// Arguments of `preset`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct PresetArgs {
    /// Which one [default: a list of them]
    name: Option<String>,
}

const EXAMPLE: &str = "\
Example:
  spikefront preset yin-yang > mine.toml
  spikefront train mine.toml --epochs 3 --out runs/mine

`spikefront preset every-key` explains every key that such a file may have, `every-simulation-key` those of files for
`simulate`.";

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
            let presets = Experiment::presets();
            let found = presets.iter().find(|(known, _)| *known == name);
            let (_, text) = found.ok_or_else(|| Error::unknown("preset", name, &names()))?;
            return output::print(text);
        }
        None => {}
    }
    output::print(&list())
}

/// What can be printed.
fn names() -> Vec<&'static str> {
    let presets = Experiment::presets().iter().map(|(name, _)| *name);
    let networks = NETWORKS.iter().map(|network| network.name);
    let explained = [EVERY_KEY, EVERY_SIMULATION_KEY];
    presets.chain(networks).chain(explained).collect()
}

/// Each preset with what it is.
fn list() -> String {
    let presets = Experiment::presets();
    let every_key = (EVERY_KEY, Experiment::every_key());
    let mut list = String::new();
    for (ix, &(name, text)) in presets.iter().chain([&every_key]).enumerate() {
        let twin = presets[..ix].iter().find(|(_, other)| *other == text);
        let what = match twin {
            Some((twin, _)) => format!("The same as {twin}: its settings are those of the paper."),
            None => first_sentence(text),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(list, "{name:<16} {what}");
    }
    for network in NETWORKS {
        let _ = writeln!(list, "{:<16} {}.", network.name, network.about);
    }
    let what = first_sentence(SimulationFile::every_key());
    let _ = writeln!(list, "{EVERY_SIMULATION_KEY:<16} {what}");
    list
}

/// The first sentence of the comment that an experiment begins with, wherever its lines break.
fn first_sentence(text: &str) -> String {
    let comment = text.lines().map_while(|line| line.strip_prefix("# "));
    let mut sentence = String::new();
    for word in comment.flat_map(str::split_whitespace) {
        let ends = sentence.ends_with(['.', '?']) && word.starts_with(char::is_uppercase);
        if ends {
            break;
        }
        sentence += if sentence.is_empty() { "" } else { " " };
        sentence += word;
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_whole_sentences_and_no_two_alike() {
        let list = list();
        let lines = list.lines().filter_map(|line| line.split_once(' '));
        let mut lines: Vec<&str> = lines.map(|(_, what)| what.trim_start()).collect();
        for line in &lines {
            assert!(line.ends_with(['.', '?']), "{line}");
        }
        let n = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), n, "{list}");
        assert!(list.contains("xor-paper        The same as xor"), "{list}");
        assert_eq!(
            first_sentence("# One and\n# two. Three.\n\nx = 1"),
            "One and two."
        );
    }
}
