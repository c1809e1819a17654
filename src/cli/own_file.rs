//! What a person may have meant by a file that is not there, or that belongs to another command.

use std::path::Path;

use spikefront::{Error, files};
use toml::Table;

/// The largest file that is looked into, in bytes.
const MOST_BYTES: u64 = 1 << 24;

/// What a TOML file describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    Training,
    Simulation,
}

/// Whether an argument can only be meant as a file: it has a folder or an ending.
pub fn is_path(argument: &str) -> bool {
    let path = Path::new(argument);
    path.extension().is_some() || path.components().count() > 1
}

/// The error of reading a file as what the command takes; where there is no such file, the nearest that there is, and where it
/// describes something else, the command for it.
pub fn explained(path: &Path, wanted: Described, error: Error) -> Error {
    if !path.exists() {
        return missing(path);
    }
    let (field, what, other) = match wanted {
        Described::Training => ("experiment", "a simulation", "simulate"),
        Described::Simulation => ("network", "a training", "train"),
    };
    match described(path).filter(|found| *found != wanted) {
        None => error,
        Some(_) => {
            let remedy = format!(
                "the file describes {what}: `spikefront {other} {}`",
                path.display()
            );
            Error::invalid(field, format!("\"{}\"", path.display()), remedy)
        }
    }
}

/// The error of a name that nothing has, where there is a file of that name with an ending, or where it is a name of another
/// command: `other` says of which.
pub fn meant(field: &str, name: &str, other: Option<String>) -> Option<Error> {
    let file = format!("{name}.toml");
    let remedy = match Path::new(&file).is_file() {
        true => format!("there is a file {file}: give it with its ending"),
        false => other?,
    };
    Some(Error::invalid(field, format!("\"{name}\""), remedy))
}

/// That there is no such file.
pub fn missing(path: &Path) -> Error {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let remedy = match (folder, nearest(path)) {
        (Some(folder), _) if !folder.is_dir() => {
            format!(
                "there is no folder {}: name a file that is there",
                folder.display()
            )
        }
        (_, Some(near)) => format!("there is no such file; the nearest there is {near}"),
        (_, None) => "there is no such file: name one that is there".to_owned(),
    };
    Error::invalid("file", format!("\"{}\"", path.display()), remedy)
}

/// The file in the same folder whose name is nearest, where one is near: a third of the letters differ at most.
pub fn nearest(path: &Path) -> Option<String> {
    let given = path.file_name()?.to_string_lossy().to_lowercase();
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    let near = files.filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let distance = strsim::damerau_levenshtein(&given, &name.to_lowercase());
        (distance <= (given.chars().count() / 3).max(1)).then_some((distance, name))
    });
    let (_, name) = near.min()?;
    Some(path.with_file_name(name).display().to_string())
}

/// What a file describes, by the sections that only one of the two has.
fn described(path: &Path) -> Option<Described> {
    let all: Table = files::read_text(path, MOST_BYTES).ok()?.parse().ok()?;
    let has_one_of = |sections: &[&str]| sections.iter().any(|name| all.contains_key(*name));
    if has_one_of(&["simulation", "population"]) {
        return Some(Described::Simulation);
    }
    has_one_of(&["layers", "data"]).then_some(Described::Training)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_answered_with_the_nearest() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let own = folder.path().join("name.toml");
        std::fs::write(&own, "")?;
        std::fs::write(folder.path().join("other.npz"), "")?;
        std::fs::create_dir(folder.path().join("nam.tom"))?;
        let told = |name: &str| missing(&folder.path().join(name)).to_string();
        let near = format!("the nearest there is {}", own.display());
        for name in ["nam.tml", "Name.TOML", "nmae.toml", "name.tom"] {
            assert!(told(name).ends_with(&near), "{}", told(name));
        }
        let far = told("network.toml.txt");
        assert!(
            far.ends_with("there is no such file: name one that is there"),
            "{far}"
        );
        assert!(
            told("none/name.toml").contains("there is no folder"),
            "{}",
            told("none/name.toml")
        );
        Ok(())
    }

    #[test]
    fn a_file_of_another_command_is_told_by_its_sections() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("x.toml");
        for (text, found) in [
            (
                "epochs = 3\n[data]\ntask = \"iris\"\n",
                Some(Described::Training),
            ),
            (
                "[[population]]\nname = \"E\"\n",
                Some(Described::Simulation),
            ),
            (
                "[simulation]\nduration = 1.0\n",
                Some(Described::Simulation),
            ),
            ("a = 1\n", None),
            ("[simulation\n", None),
        ] {
            std::fs::write(&path, text)?;
            assert_eq!(described(&path), found, "{text}");
            let error = || Error::malformed("x.toml", "its own fault");
            for wanted in [Described::Training, Described::Simulation] {
                let told = explained(&path, wanted, error()).to_string();
                let is_other = found.is_some_and(|found| found != wanted);
                assert_eq!(told.contains("the file describes"), is_other, "{told}");
                assert_eq!(told.contains("its own fault"), !is_other, "{told}");
            }
        }
        Ok(())
    }
}
