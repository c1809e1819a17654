//! A simulation's file as text.

use std::fmt::Write;
use std::path::Path;

use toml::{Table, Value};

use super::SimulationFile;
use crate::files::{self, toml_text};
use crate::{Error, Result};

/// The largest file that is read, in bytes; spikes and synapses by the million belong into .npz files.
const MOST_BYTES: u64 = 1 << 24;

/// What every file that is written begins with.
const EQUATION: &str = "\
#     tau_membrane dV/dt = -(V - rest) + tau_membrane (I_1 + I_2 + ...)        tau_k dI_k/dt = -I_k
#
# V in mV, times in ms, rates per ms. A spike adds its weight to the current of its receptor, in mV/ms: x pA on a membrane of
# C pF are x/C. weight_of_peak gives a weight by the peak, in mV, of the potential that one spike causes.
";

/// Keys in the order in which a section lists them.
const ORDER: [&str; 43] = [
    "simulation",
    "population",
    "generator",
    "projection",
    "poisson",
    "record",
    "kind",
    "duration",
    "from",
    "seed",
    "window",
    "name",
    "size",
    "readout",
    "source",
    "target",
    "neurons",
    "every",
    "receptor",
    "tau",
    "tau_membrane",
    "threshold",
    "rest",
    "reset",
    "receptors",
    "initial_potential",
    "initial_currents",
    "file",
    "sample",
    "channels",
    "times",
    "rule",
    "rate",
    "weight",
    "weight_of_peak",
    "delay",
    "autapses",
    "mean",
    "deviation",
    "lowest",
    "highest",
    "at_least",
    "at_most",
];

impl SimulationFile {
    /// Reads a simulation; `origin` is what errors call the text. Files that it names are looked for from the current
    /// folder on.
    ///
    /// # Errors
    /// A text that is not TOML, or not a simulation: the line, and for a key that nobody knows the nearest one that is
    /// known.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self> {
        toml_text::parse(text, origin)
    }

    /// Reads a simulation from a file; files that it names are looked for beside it.
    ///
    /// # Errors
    /// A file that cannot be read; otherwise as [`from_toml`](Self::from_toml).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = files::read_text(path, MOST_BYTES)?;
        let mut file = Self::from_toml(&text, &path.display().to_string())?;
        file.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(file)
    }

    /// The text that [`from_toml`](Self::from_toml) reads back as the same simulation, with a title and the equation on top.
    ///
    /// # Errors
    /// A number that TOML does not have: a seed of 2^63 or more.
    pub fn to_toml(&self, title: &str) -> Result<String> {
        let all = self.table()?;
        let mut text = format!("# {title}\n#\n{EQUATION}");
        for (name, section) in ordered(&all) {
            match section {
                Value::Array(items) => {
                    for item in items.iter().filter_map(Value::as_table) {
                        push_section(&mut text, &format!("[[{name}]]"), item);
                    }
                }
                section => {
                    let table = section.as_table().cloned().unwrap_or_default();
                    push_section(&mut text, &format!("[{name}]"), &table);
                }
            }
        }
        Ok(text)
    }

    /// All settings as TOML's own values.
    pub(super) fn table(&self) -> Result<Table> {
        if i64::try_from(self.simulation.seed).is_err() {
            return Err(Error::invalid(
                "simulation.seed",
                self.simulation.seed,
                "give a number below 2^63, as TOML has none above",
            ));
        }
        Table::try_from(self).map_err(|error| Error::malformed("the simulation", error))
    }
}

fn push_section(text: &mut String, heading: &str, table: &Table) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{heading}");
    for (key, value) in ordered(table) {
        let _ = writeln!(text, "{key} = {}", inline(value));
    }
}

/// A value in one line, its keys in order.
fn inline(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let quoted = |key: &str| Value::String(key.to_owned()).to_string();
            let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let key = |key: &str| match !key.is_empty() && key.chars().all(is_bare) {
                true => key.to_owned(),
                false => quoted(key),
            };
            let members = ordered(table).into_iter();
            let members = members.map(|(name, value)| format!("{} = {}", key(name), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        value => value.to_string(),
    }
}

fn ordered(table: &Table) -> Vec<(&str, &Value)> {
    let mut members: Vec<(&str, &Value)> = table.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let place = |key: &str| ORDER.iter().position(|known| *known == key);
    members.sort_by_key(|(key, _)| place(key).unwrap_or(ORDER.len()));
    members
}
