//! What the documents show is true: commands run, links and file names lead somewhere, figures of the package agree.

mod markdown;
mod shell;

use std::path::{Path, PathBuf};

use ndarray::Array1;
use ndarray_npy::NpzWriter;

use super::compare::has_adapter;
use super::{TestResult, command};
use markdown::{anchors, blocks, file_names, links, n_words};
use shell::{ADAPTER, Shown, commands, unused};

/// Documents whose commands a reader is to copy, in an order in which they can be run.
const SHOWN: [&str; 3] = ["README.md", "docs/GUIDE.md", "docs/cost-model.md"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(root().join(name))
}

/// All documents, as paths from the project's root.
fn documents() -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["", "docs", "benches/results"] {
        for entry in std::fs::read_dir(root().join(folder))? {
            let path = Path::new(folder).join(entry?.file_name());
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn shown() -> Result<Vec<Shown>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    for name in SHOWN {
        for block in blocks(&read(name)?, "sh") {
            found.extend(commands(&block).map_err(|error| format!("{name}: {error}"))?);
        }
    }
    Ok(found)
}

/// What the guide's Python writes, from other random numbers: two classes that differ in which channels are early.
fn spike_trains(path: &Path, n_samples: usize) -> TestResult {
    let (mut times, mut units, mut offsets, mut labels) = (vec![], vec![], vec![0_i64], vec![]);
    for sample in 0..n_samples {
        let class = sample % 2;
        for unit in 0..4 {
            let late = if unit / 2 == class { 0.0 } else { 10.0 };
            times.push(1.0 + late + ((7 * sample + 3 * unit) % 10) as f64);
            units.push(unit as i64);
        }
        offsets.push(times.len() as i64);
        labels.push(class as i64);
    }
    let mut file = NpzWriter::new(std::fs::File::create(path)?);
    file.add_array("times", &Array1::from(times))?;
    for (name, values) in [("units", units), ("offsets", offsets), ("labels", labels)] {
        file.add_array(name, &Array1::from(values))?;
    }
    file.finish()?;
    Ok(())
}

/// A folder with what the documents' commands find in theirs.
fn prepare(folder: &Path) -> TestResult {
    let guide = read("docs/GUIDE.md")?;
    std::fs::write(folder.join("case.json"), &blocks(&guide, "json")[0])?;
    std::fs::write(folder.join("own.toml"), &blocks(&guide, "toml")[0])?;
    std::fs::copy(root().join("src/data/iris.csv"), folder.join("flowers.csv"))?;
    std::fs::create_dir(folder.join("my-data"))?;
    spike_trains(&folder.join("my-data/train.npz"), 200)?;
    spike_trains(&folder.join("my-data/test.npz"), 50)
}

#[test]
fn every_command_shown_runs() -> TestResult {
    let folder = tempfile::tempdir()?;
    prepare(folder.path())?;
    let shown = shown()?;
    assert!(shown.len() > 20, "{} commands", shown.len());
    for shown in shown {
        let line = shown.arguments.join(" ");
        if let Some(what) = shown.needs()
            && (what != ADAPTER || !has_adapter())
        {
            println!("skipped: {line}: it needs {what}");
            continue;
        }
        let short = shown.shorter();
        println!("{line}: run as {}", short.arguments.join(" "));
        let arguments: Vec<&str> = short.arguments.iter().map(String::as_str).collect();
        let output = command(&arguments).current_dir(folder.path()).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line}: {told}");
        assert!(
            !told.contains("looks like"),
            "a false alarm: {line}: {told}"
        );
        if let Some(file) = short.output {
            std::fs::write(folder.path().join(file), output.stdout)?;
        }
    }
    Ok(())
}

#[test]
fn no_row_of_the_tables_is_left_over() -> TestResult {
    assert_eq!(unused(&shown()?), [""; 0]);
    assert!(!unused(&[]).is_empty());
    Ok(())
}

/// What a document names that is not there.
fn faults(document: &Path, text: &str) -> std::io::Result<Vec<String>> {
    let mut faults = Vec::new();
    let folder = root().join(document.parent().unwrap_or(Path::new("")));
    let is_elsewhere = |link: &str| link.starts_with("https:") || link.starts_with("mailto:");
    for link in links(text).iter().filter(|link| !is_elsewhere(link)) {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let path = folder.join(file);
        let target = if file.is_empty() {
            root().join(document)
        } else {
            path
        };
        if !target.exists() {
            faults.push(format!(
                "{}: no file for the link {link}",
                document.display()
            ));
        } else if !anchor.is_empty() {
            let headings = anchors(&std::fs::read_to_string(&target)?);
            if !headings.iter().any(|heading| heading == anchor) {
                faults.push(format!(
                    "{}: no heading for the link {link}",
                    document.display()
                ));
            }
        }
    }
    // What happened to files that are gone is told in these.
    let is_history = document.ends_with("CHANGELOG.md") || document.starts_with("benches");
    let named = if is_history {
        Vec::new()
    } else {
        file_names(text)
    };
    for name in named {
        // A module is a file or a folder; ARCHITECTURE names files of the CPU engine from there.
        let places = [
            name.clone(),
            format!("{name}.rs"),
            format!("src/cpu/{name}"),
            format!("src/cpu/{name}.rs"),
        ];
        let is_there = places.iter().any(|place| root().join(place).exists());
        if !is_there {
            faults.push(format!("{}: no file {name}", document.display()));
        }
    }
    Ok(faults)
}

#[test]
fn links_and_file_names_lead_somewhere() -> TestResult {
    let documents = documents()?;
    assert!(documents.len() > 8, "{documents:?}");
    let mut found = Vec::new();
    for document in &documents {
        found.extend(faults(
            document,
            &std::fs::read_to_string(root().join(document))?,
        )?);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let wrong = "[a](nowhere.md) [b](README.md#no-such-heading) `src/nothing.rs`";
    assert_eq!(faults(Path::new("README.md"), wrong)?.len(), 3);
    Ok(())
}

#[test]
fn the_readme_is_short_and_its_fifteen_lines_are_fifteen() -> TestResult {
    let readme = read("README.md")?;
    let words = n_words(&readme);
    assert!(words <= 700, "{words} words");
    let rust = blocks(&readme, "rust");
    assert_eq!(rust.len(), 1);
    assert_eq!(rust[0].lines().count(), 15);
    assert!(readme.contains("## Fifteen lines\n"));
    Ok(())
}

#[test]
fn what_is_cited_is_this_version() -> TestResult {
    let citation = read("CITATION.cff")?;
    let version = format!("\nversion: {}\n", env!("CARGO_PKG_VERSION"));
    assert!(
        citation.contains(&version),
        "CITATION.cff lacks {version:?}"
    );
    assert!(citation.starts_with("cff-version: 1.2.0\n"));
    Ok(())
}
