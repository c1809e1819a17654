//! One setting of a simulation changed by its key.

use toml::{Table, Value};

use super::SimulationFile;
use crate::files::toml_text;
use crate::{Error, Result};

/// Keys of which the one that is set takes the other's place.
const EITHER: [(&str, &str); 3] = [
    ("weight", "weight_of_peak"),
    ("times", "file"),
    ("synapses", "file"),
];

impl SimulationFile {
    /// With one setting changed, such as `simulation.duration=500`, `population.cells.threshold=-52`,
    /// `projection.cells->others.weight=0.1`, `poisson.cells.rate=8` or `record.cells.every=0.5`.
    ///
    /// Sections that there are several of are named: a population and a generator by its name, a projection by
    /// `SOURCE->TARGET`, Poisson arrivals by their target, a record by its population; where several have one name
    /// `NAME:RECEPTOR` (or `NAME:KIND` of a record) tells them apart, and `*` means all. The value is TOML; what is not counts
    /// as a string. `weight` and `weight_of_peak` take each other's place.
    ///
    /// # Errors
    /// No `=`, a section or a key that there is not, a value that it cannot have.
    pub fn set(&self, assignment: &str) -> Result<Self> {
        let (key, text) = toml_text::assignment(assignment, "population.NAME.threshold=-52")?;
        let refuse = |why: String| Error::invalid(key, text, why);
        let mut all = self.table()?;
        let before = Value::Table(all.clone());
        let (section, rest) = key.split_once('.').unwrap_or((key, ""));
        match all.get_mut(section) {
            Some(Value::Array(items)) if !rest.is_empty() => {
                for (ix, within) in chosen(section, items, rest).map_err(refuse)? {
                    put(&mut items[ix], within, text).map_err(refuse)?;
                }
            }
            _ => put_in(&mut all, key, text).map_err(refuse)?,
        }
        let mut changed: Self = all.try_into().map_err(|error: toml::de::Error| {
            let message = toml_text::explained(error.message());
            refuse(toml_text::with_full_keys(message, &before, key, label))
        })?;
        changed.folder.clone_from(&self.folder);
        Ok(changed)
    }

    /// The full keys of a setting that is known by its last part, for [`set`](Self::set): `population.cells.threshold` and
    /// others of `threshold`.
    ///
    /// # Errors
    /// A seed that TOML does not have.
    pub fn full_keys(&self, last: &str) -> Result<Vec<String>> {
        let all = Value::Table(self.table()?);
        Ok(toml_text::full_keys(&all, last, label))
    }
}

fn put_in(all: &mut Table, key: &str, text: &str) -> std::result::Result<(), String> {
    let mut whole = Value::Table(std::mem::take(all));
    let done = put(&mut whole, key, text);
    if let Value::Table(table) = whole {
        *all = table;
    }
    done
}

fn put(item: &mut Value, key: &str, text: &str) -> std::result::Result<(), String> {
    *toml_text::place(item, key)? = toml_text::value(text)?;
    let (parent, last) = match key.rsplit_once('.') {
        Some((parent, last)) => (toml_text::place(item, parent)?, last),
        None => (item, key),
    };
    for (one, other) in EITHER.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
        if one == last
            && let Value::Table(table) = parent
        {
            table.remove(other);
        }
    }
    Ok(())
}

/// Which items of a section a key names, and the rest of the key for each.
fn chosen<'k>(
    section: &str,
    items: &[Value],
    rest: &'k str,
) -> std::result::Result<Vec<(usize, &'k str)>, String> {
    let after = |label: &str| rest.strip_prefix(label)?.strip_prefix('.');
    if let Some(within) = after("*") {
        return Ok((0..items.len()).map(|ix| (ix, within)).collect());
    }
    let labels: Vec<[String; 2]> = items.iter().map(|item| labels(section, item)).collect();
    for which in 0..2 {
        let matches = |labels: &[String; 2]| after(&labels[which]);
        let all = labels.iter().enumerate();
        let found: Vec<_> = all.filter_map(|(ix, l)| Some((ix, matches(l)?))).collect();
        match found.len() {
            0 => {}
            1 => return Ok(found),
            n => {
                let names: Vec<&str> = found
                    .iter()
                    .map(|(ix, _)| labels[*ix][1].as_str())
                    .collect();
                let is_one = names.iter().all(|name| *name == names[0]);
                let names = match is_one {
                    // Nothing tells them apart: they mean the same.
                    true => "*".to_owned(),
                    false => names.join(", "),
                };
                return Err(format!(
                    "there are {n} of that name; give {section}.NAME.KEY with one of {names}"
                ));
            }
        }
    }
    let names: Vec<&str> = labels.iter().map(|labels| labels[0].as_str()).collect();
    let given = rest.split('.').next().unwrap_or_default();
    Err(match names.is_empty() {
        true => format!("there is no [[{section}]]"),
        false => format!(
            "there is no [[{section}]] of that name; write it as {section}.NAME.KEY; {}",
            crate::error::choices(given, &names)
        ),
    })
}

/// What an item of a list is called in keys.
fn label(at: &str, item: &Value) -> Option<String> {
    let [short, _] = labels(at, item);
    Some(short).filter(|short| !short.is_empty())
}

/// What an item is called, in short and in full.
fn labels(section: &str, item: &Value) -> [String; 2] {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let (short, more) = match section {
        "projection" => (
            format!("{}->{}", text("source"), text("target")),
            text("receptor"),
        ),
        "poisson" => (text("target").to_owned(), text("receptor")),
        "record" => (text("population").to_owned(), text("kind")),
        _ => (text("name").to_owned(), ""),
    };
    let full = format!("{short}:{more}");
    [short, full]
}
