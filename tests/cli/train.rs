//! Experiments as files, and what a run leaves.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{TestResult, assert_refused, spikefront, text};

pub type Files = Vec<(String, Vec<u8>)>;

pub fn succeeds(arguments: &[&str]) -> Result<Output, Box<dyn std::error::Error>> {
    let output = spikefront(arguments)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    Ok(output)
}

/// What a run comes down to, wall-clock times left out.
pub fn result(folder: &Path) -> Result<(Vec<Value>, Vec<u8>), Box<dyn std::error::Error>> {
    let metrics = std::fs::read_to_string(folder.join("metrics.jsonl"))?;
    let lines = metrics.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line)?;
        let seconds = line.as_object_mut().and_then(|line| line.remove("seconds"));
        assert!(seconds.is_some(), "{line}");
        Ok(line)
    });
    let lines: Result<_, serde_json::Error> = lines.collect();
    Ok((lines?, std::fs::read(folder.join("weights.npz"))?))
}

pub fn files(folder: &Path) -> Result<Files, Box<dyn std::error::Error>> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, std::fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}

#[test]
fn presets_are_files_that_can_be_printed_changed_and_run() -> TestResult {
    let folder = tempfile::tempdir()?;
    let list = String::from_utf8(succeeds(&["preset"])?.stdout)?;
    assert!(list.contains("yin-yang-paper "), "{list}");
    assert!(list.contains("every-key "), "{list}");
    let explained = String::from_utf8(succeeds(&["preset", "every-key"])?.stdout)?;
    assert!(explained.contains("\n[guards]\n"), "{explained}");
    let printed = String::from_utf8(succeeds(&["preset", "iris"])?.stdout)?;
    let (file, out) = (
        folder.path().join("mine.toml"),
        text(&folder.path().join("out")),
    );
    std::fs::write(&file, printed.replacen("epochs = 100", "epochs = 2", 1))?;
    let mine = text(&file);
    let output = succeeds(&["train", &mine, "--seed", "3", "--out", &out])?;
    let told = String::from_utf8(output.stdout)?;
    assert!(
        told.contains("mine, seed 3") && told.contains("after 2 epochs"),
        "{told}"
    );
    for (wrong, message) in [
        ("tau_membran = 20.0", "line 20: unknown field `tau_membran`"),
        ("tau_membran = 20.0", "the nearest is `tau_membrane`"),
        ("tau_membrane = \"a\"", "line 20: invalid type: string"),
    ] {
        std::fs::write(&file, printed.replacen("tau_membrane = 20.0", wrong, 1))?;
        assert_refused(&["train", &mine], message)?;
    }
    assert_refused(&["train", "yinyang"], "choose one of xor, ")?;
    assert_refused(&["train", "xor", "--preset", "best"], "choose one of xor, ")?;
    assert_refused(
        &["train", "xor", "--set", "optimiser.rate=1"],
        "the nearest is `learning_rate`",
    )?;
    assert_refused(&["train"], "EXPERIMENT")
}

#[test]
fn the_settings_of_a_run_give_the_same_run_again() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [first, second, other] = ["a", "b", "c"].map(|name| folder.path().join(name));
    let set = [
        "--set",
        "guards.clip_norm=0.5",
        "--set",
        "optimiser.learning_rate=0.003",
    ];
    let options = [
        "--epochs", "3", "--batch", "7", "--seed", "5", "--method", "forward",
    ];
    let out = text(&first);
    let arguments = [&["train", "iris", "--out", &out][..], &set, &options].concat();
    succeeds(&arguments)?;
    let settings = text(&first.join("experiment.toml"));
    succeeds(&["train", &settings, "--out", &text(&second)])?;
    // What an earlier run left does not stay beside the new one.
    let [decision, spared] = ["decision.svg", "notes.txt"].map(|name| other.join(name));
    std::fs::create_dir(&other)?;
    std::fs::write(&decision, "of another task")?;
    std::fs::write(&spared, "a person's")?;
    succeeds(&["train", &settings, "--seed", "6", "--out", &text(&other)])?;
    assert!(!decision.exists() && spared.exists());
    assert_eq!(result(&first)?, result(&second)?);
    assert_ne!(result(&first)?, result(&other)?);
    let (metrics, _) = result(&first)?;
    assert!(
        metrics[0]["clipped_steps"].as_u64() > Some(0),
        "{metrics:?}"
    );
    Ok(())
}

#[test]
fn several_seeds_are_several_runs_and_only_what_is_missing_is_run_again() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [all, one] = ["all", "one"].map(|name| folder.path().join(name));
    let out = text(&all);
    let train = ["train", "iris", "--engine", "cpu", "--epochs", "3"];
    let output = succeeds(&[&train[..], &["--seeds", "4-6", "--out", &out]].concat())?;
    let table = String::from_utf8(output.stdout)?;
    assert!(table.contains("| iris | 5-10-3 | 80 | 3 | 3 | "), "{table}");
    let seed = |seed: u64| all.join(format!("seed-{seed}"));
    succeeds(&[&train[..], &["--seed", "5", "--out", &text(&one)]].concat())?;
    assert_eq!(result(&seed(5))?, result(&one)?);
    assert_ne!(result(&seed(4))?, result(&one)?);
    let statistics = std::fs::read(all.join("sweep.json"))?;
    let statistics: Value = serde_json::from_slice(&statistics)?;
    let mut sum = 0.0;
    for number in 4..7 {
        let summary: Value =
            serde_json::from_slice(&std::fs::read(seed(number).join("summary.json"))?)?;
        sum += summary["test_accuracy"].as_f64().ok_or("no accuracy")?;
    }
    let mean = statistics["settings"][0]["test_accuracy"]["mean"]
        .as_f64()
        .ok_or("no mean")?;
    assert!((mean - sum / 3.0).abs() < 1e-12);

    // One has ended, one was left in the middle, one has not begun.
    let kept = files(&seed(4))?;
    let expected = [result(&seed(5))?, result(&seed(6))?];
    std::fs::remove_file(seed(5).join("summary.json"))?;
    std::fs::remove_dir_all(seed(6))?;
    let again = String::from_utf8(succeeds(&["train", "--resume", &out])?.stdout)?;
    assert!(!again.contains("seed 4:"), "{again}");
    assert!(again.contains("seed 5:") && again.contains("seed 6:"));
    assert_eq!(files(&seed(4))?, kept);
    assert_eq!([result(&seed(5))?, result(&seed(6))?], expected);
    assert_refused(&["train", "iris", "--seeds", "9-4"], "such as 0-9")?;
    assert_refused(
        &["train", "iris", "--seeds", "0-1", "--seed", "1"],
        "--seed",
    )
}
