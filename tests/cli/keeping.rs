//! Nothing finished is ever lost: writes that are cut off, folders that are taken, other data.

use std::path::Path;

use spikefront::train::Checkpoint;

use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, command, fault, text};

const BREAK: &str = "SPIKEFRONT_BREAK_WRITES";

/// Iris for two epochs with a checkpoint after each step.
fn begin(out: &str, seed: &'static str) -> Vec<String> {
    let options = [
        "train",
        "iris",
        "--engine",
        "cpu",
        "--threads",
        "1",
        "--epochs",
        "2",
        "--batch",
        "60",
        "--checkpoint-every",
        "0",
        "--seed",
        seed,
        "--out",
        out,
    ];
    options.map(String::from).to_vec()
}

fn run(arguments: &[String], broken: &str) -> Result<Option<i32>, Box<dyn std::error::Error>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = command(&arguments).env(BREAK, broken).output()?;
    let told = String::from_utf8(output.stderr)?;
    assert!(!told.contains("panicked"), "{broken}: {told}");
    if output.status.code() == Some(2) {
        assert!(
            told.contains("failed to") && told.contains("no storage space"),
            "{broken}: {told}"
        );
    }
    Ok(output.status.code())
}

fn resumed(out: &str) -> Vec<String> {
    ["train", "--resume", out, "--threads", "1"]
        .map(String::from)
        .to_vec()
}

/// Each write of a training over a finished one, cut off once by a full disk and once by a crash.
#[test]
fn every_write_of_a_run_can_be_cut_off() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [former, whole] = ["former", "whole"].map(|name| folder.path().join(name));
    assert_eq!(run(&begin(&text(&former), "1"), "none")?, Some(0));
    assert_eq!(run(&begin(&text(&whole), "2"), "none")?, Some(0));
    let before = files(&former)?;
    let (old, new) = (result(&former)?, result(&whole)?);
    assert_ne!(old, new);
    for kind in ["full", "stop"] {
        let (mut at, mut kept, mut resumes) = (0, 0, 0);
        loop {
            at += 1;
            let broken = folder.path().join("broken");
            std::fs::create_dir(&broken)?;
            for (name, bytes) in &before {
                std::fs::write(broken.join(name), bytes)?;
            }
            let out = text(&broken);
            let code = run(&begin(&out, "2"), &format!("{kind}:{at}"))?;
            if code == Some(0) {
                assert_eq!(result(&broken)?, new, "{kind} {at}");
                std::fs::remove_dir_all(&broken)?;
                break;
            }
            assert_eq!(code, Some(if kind == "full" { 2 } else { 86 }));
            // Whatever was cut off: a whole run is there, the former or the new one.
            let there = Checkpoint::read(broken.join("checkpoint.safetensors"))?;
            let is_former = there.experiment.seed == 1;
            if is_former {
                kept += 1;
                for (name, bytes) in &before {
                    let found = std::fs::read(broken.join(name)).ok();
                    let is_same = found.as_ref() == Some(bytes);
                    // A crash may come between the former settings and the new checkpoint; the former has them too.
                    let may_lack = name == "experiment.toml" && kind == "stop" && found.is_none();
                    assert!(
                        is_same || may_lack || name == "run.lock",
                        "{kind} {at}: {name}"
                    );
                }
            }
            assert_eq!(run(&resumed(&out), "none")?, Some(0), "{kind} {at}");
            resumes += 1;
            let expected = if is_former { &old } else { &new };
            assert_eq!(&result(&broken)?, expected, "{kind} {at}");
            let hidden = files(&broken)?;
            assert!(
                hidden.iter().all(|(name, _)| !name.starts_with('.')),
                "{kind} {at}"
            );
            std::fs::remove_dir_all(&broken)?;
        }
        println!("{kind}: {at} steps, {kept} left the former run, {resumes} resumed");
        assert!(
            kept >= 8 && resumes > kept + 20,
            "{kind}: {kept} of {resumes}"
        );
    }
    Ok(())
}

#[test]
fn an_infinite_validation_loss_is_read_back() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("run"));
    let (file, data) = (
        fault("best-epoch-infinite-loss.toml"),
        fault("best-epoch-data"),
    );
    let output = command(&[
        "train",
        &file,
        "--data",
        &data,
        "--engine",
        "cpu",
        "--checkpoint-every",
        "0",
        "--out",
        &out,
    ])
    .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
    let run = folder.path().join("run");
    let metrics = std::fs::read_to_string(run.join("metrics.jsonl"))?;
    assert!(metrics.contains("\"validation_loss\":\"inf\""), "{metrics}");
    let checkpoint = Checkpoint::read(run.join("checkpoint.safetensors"))?;
    let infinite = checkpoint
        .history
        .iter()
        .filter(|m| m.validation_loss == Some(f64::INFINITY));
    assert!(infinite.count() > 0);
    std::fs::remove_file(run.join("summary.json"))?;
    let again = command(&["train", "--resume", &out]).output()?;
    assert_eq!(again.status.code(), output.status.code());
    Ok(())
}

#[test]
fn finished_seeds_are_not_replaced() -> TestResult {
    let folder = tempfile::tempdir()?;
    let sweep = folder.path().join("sweep");
    let out = text(&sweep);
    let train = [
        "train", "iris", "--engine", "cpu", "--epochs", "2", "--out", &out,
    ];
    let with = |more: &[&'static str]| [&train[..], more].concat();
    succeeds(&with(&["--seeds", "0-1"]))?;
    let there = || -> Result<_, Box<dyn std::error::Error>> {
        Ok([files(&sweep.join("seed-0"))?, files(&sweep.join("seed-1"))?])
    };
    let before = there()?;
    let settings = std::fs::read_to_string(sweep.join("experiment.toml"))?;
    assert_refused(&with(&["--seed", "7"]), "several runs are there")?;
    assert_refused(
        &with(&["--seed", "7", "--overwrite"]),
        "several runs are there",
    )?;
    assert_refused(&with(&["--seeds", "0-2"]), "seed-")?;
    assert!(there()? == before);
    assert_eq!(
        std::fs::read_to_string(sweep.join("experiment.toml"))?,
        settings
    );
    std::fs::write(
        sweep.join("experiment.toml"),
        settings.replacen("epochs = 2", "epochs = 3", 1),
    )?;
    assert_refused(&["train", "--resume", &out], "epochs: 3 here, 2 there")?;
    std::fs::write(sweep.join("experiment.toml"), &settings)?;
    let checkpoint = sweep.join("seed-1/checkpoint.safetensors");
    let whole = std::fs::read(&checkpoint)?;
    std::fs::write(&checkpoint, &whole[..100])?;
    assert_refused(&["train", "--resume", &out], "damaged")?;
    std::fs::write(&checkpoint, whole)?;
    assert!(there()? == before);
    succeeds(&["train", "--resume", &out])?;
    succeeds(&with(&["--seeds", "0-1", "--overwrite"]))?;
    let single = text(&folder.path().join("single"));
    succeeds(&[
        "train", "iris", "--engine", "cpu", "--epochs", "1", "--out", &single,
    ])?;
    let many = [
        "train", "iris", "--epochs", "1", "--seeds", "0-1", "--out", &single,
    ];
    assert_refused(&many, "a single run is there")
}

#[test]
fn other_data_are_noticed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [data, run] = ["data", "run"].map(|name| folder.path().join(name));
    std::fs::create_dir(&data)?;
    for name in ["train.npz", "test.npz"] {
        std::fs::copy(
            fault(&format!("resume-on-other-data/data/{name}")),
            data.join(name),
        )?;
    }
    let (out, data_text) = (text(&run), text(&data));
    let file = fault("resume-on-other-data/long.toml");
    let arguments = [
        "train", &file, "--data", &data_text, "--engine", "cpu", "--epochs", "2", "--out", &out,
    ];
    let code = command(&arguments).output()?.status.code();
    std::fs::remove_file(run.join("summary.json"))?;
    std::fs::copy(
        fault("resume-on-other-data/other/train.npz"),
        data.join("train.npz"),
    )?;
    let there = files(&run)?;
    assert_refused(
        &["train", "--resume", &out],
        "set of samples train is another",
    )?;
    let is_lock = |name: &str| name == "run.lock";
    let here = files(&run)?;
    assert!(
        here.iter()
            .zip(&there)
            .all(|(x, y)| x == y || is_lock(&x.0))
    );
    std::fs::copy(
        fault("resume-on-other-data/data/train.npz"),
        data.join("train.npz"),
    )?;
    assert_eq!(
        command(&["train", "--resume", &out])
            .output()?
            .status
            .code(),
        code
    );
    Ok(())
}

#[test]
fn absurd_checkpoints_and_what_is_no_file_are_refused_by_name() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = text(folder.path());
    let checkpoint = folder.path().join("checkpoint.safetensors");
    std::fs::copy(fault("checkpoint-epochs-2e63.safetensors"), &checkpoint)?;
    assert_refused(
        &["train", "--resume", &run],
        "its experiment has 9223372036854775807 epochs",
    )?;
    #[cfg(unix)]
    {
        let fifo = |path: &Path| -> TestResult {
            assert!(
                std::process::Command::new("mkfifo")
                    .arg(path)
                    .status()?
                    .success()
            );
            Ok(())
        };
        std::fs::remove_file(&checkpoint)?;
        fifo(&checkpoint)?;
        assert_refused(&["train", "--resume", &run], "not a regular file")?;
        let endless = folder.path().join("endless.toml");
        std::os::unix::fs::symlink("/dev/zero", &endless)?;
        assert_refused(&["train", &text(&endless)], "not a regular file")?;
        let mine = folder.path().join("mine.toml");
        fifo(&mine)?;
        assert_refused(&["train", &text(&mine)], "not a regular file")?;
    }
    Ok(())
}
