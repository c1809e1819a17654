//! A run's folder as one page that needs nothing else.

mod html;
mod metrics;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Error, Result, files};

const METRICS: &str = "metrics.jsonl";
const SUMMARY: &str = "summary.json";
/// The largest file read, in bytes; larger ones are not a run's.
const MOST_BYTES: u64 = 64 << 20;
/// The most pictures shown.
const MOST_PICTURES: usize = 64;

/// The pictures of a training, in the order in which they are looked at; others follow by name.
const ORDER: [(&str, &str); 8] = [
    ("training", "Loss and accuracy by epoch"),
    ("confusion", "Which class was taken for which, test set"),
    ("decision", "Which class is chosen where"),
    (
        "first-spikes",
        "When outputs first fire, by class, test set",
    ),
    ("raster", "The spikes of one test sample"),
    ("weights", "Weights by projection"),
    ("delays", "Delays by projection"),
    ("voltage", "Membrane voltages in the same test sample"),
];

/// A picture whose parts are shown as pictures of their own.
const OVERVIEW: &str = "overview";

/// A picture of the run.
struct Picture {
    name: String,
    svg: String,
}

/// What a run's folder holds.
struct Run {
    folder: String,
    /// `None` where the run has not ended.
    summary: Option<Value>,
    metrics: metrics::Metrics,
    pictures: Vec<Picture>,
}

/// The text of `report.html` for the run's folder `dir`: one page with the
/// summary, the epochs and all pictures, without scripts and without anything from elsewhere.
///
/// Reads `metrics.jsonl`, and, where they are there, `summary.json` and the
/// files (no links) whose names end in `.svg`, but for `overview.svg`, which shows what other pictures show. A run that was cut short has no summary, and perhaps a
/// last line of metrics that is not whole; the page says so. A picture is held as an
/// image, in which browsers run no script and load nothing.
///
/// # Errors
/// A folder without `metrics.jsonl`; a file that cannot be read, is a symbolic link, is larger
/// than 64 MiB, is no text, or is not the JSON that it should be; more than 64 pictures.
pub fn report(dir: impl AsRef<Path>) -> Result<String> {
    let dir = dir.as_ref();
    let path = dir.join(METRICS);
    if !path.is_file() {
        return Err(Error::invalid(
            "folder of the run",
            dir.display(),
            format!("name a folder that a training has written; it lacks {METRICS}"),
        ));
    }
    let metrics = metrics::Metrics::parse(&read(&path)?, &path.display().to_string())?;
    let path = dir.join(SUMMARY);
    let summary = match path.is_file() {
        true => Some(parse_summary(&path)?),
        false => None,
    };
    Ok(html::page(&Run {
        folder: dir.display().to_string(),
        summary,
        metrics,
        pictures: pictures(dir)?,
    }))
}

fn parse_summary(path: &Path) -> Result<Value> {
    let origin = path.display().to_string();
    let value: Value =
        serde_json::from_str(&read(path)?).map_err(|e| Error::malformed(&origin, e))?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Error::malformed(origin, "it must be a JSON object")),
    }
}

/// A text that lies in the folder itself.
fn read(path: &Path) -> Result<String> {
    if !is_there(path) {
        let detail = "it leads out of the run's folder; put the file itself there";
        return Err(Error::malformed(path.display().to_string(), detail));
    }
    files::read_text(path, MOST_BYTES)
}

/// Whether a regular file lies there: what a link leads to is not a part of the run.
fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn pictures(dir: &Path) -> Result<Vec<Picture>> {
    let unreadable = |e| Error::io("list", dir, e);
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "svg") && is_there(&path) {
            paths.push(path);
        }
    }
    paths.retain(|path| path.file_stem().is_none_or(|name| name != OVERVIEW));
    if paths.len() > MOST_PICTURES {
        return Err(Error::invalid(
            format!("number of pictures in {}", dir.display()),
            paths.len(),
            format!("leave at most {MOST_PICTURES} files that end in .svg there"),
        ));
    }
    let name = |path: &PathBuf| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let place = |name: &str| ORDER.iter().position(|(known, _)| *known == name);
    paths.sort_by_cached_key(|path| {
        let name = name(path);
        (place(&name).unwrap_or(ORDER.len()), name)
    });
    let picture = |path: &PathBuf| {
        Ok(Picture {
            name: name(path),
            svg: read(path)?,
        })
    };
    paths.iter().map(picture).collect()
}

#[cfg(test)]
mod tests;
