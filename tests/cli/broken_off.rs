//! Runs that are broken off and gone on with.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use spikefront::train::Checkpoint;

use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, command, stop, text};

fn start(arguments: &[&str]) -> std::io::Result<Child> {
    let mut command = command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
}

/// Yin-Yang for `epochs`, left as soon as there is a checkpoint.
fn left_at_once(folder: &Path, epochs: &str) -> TestResult {
    let out = text(folder);
    let arguments = [
        "train", "yin-yang", "--engine", "cpu", "--epochs", epochs, "--out", &out,
    ];
    let mut child = start(&arguments)?;
    while !folder.join("metrics.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    assert_eq!(
        Checkpoint::read(folder.join("checkpoint.safetensors"))?.n_epochs(),
        0
    );
    Ok(())
}

/// Killed again and again at moments that differ, and gone on with each time.
#[test]
fn a_run_that_is_killed_at_any_moment_ends_with_the_same_bits() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let (whole_out, broken_out) = (text(&whole), text(&broken));
    let from_start = |out| {
        let options = [
            "train",
            "iris",
            "--engine",
            "cpu",
            "--epochs",
            "60",
            "--checkpoint-every",
            "0",
        ];
        [&options[..], &["--overwrite", "--out", out]].concat()
    };
    let began = Instant::now();
    succeeds(&from_start(&whole_out))?;
    let whole_time = began.elapsed();
    let resume = ["train", "--resume", &broken_out, "--checkpoint-every", "0"];
    let (mut kills, mut in_epochs, mut random, mut position) = (0, 0, 12345_u64, (0, 0));
    for _ in 0..40 {
        let checkpoint = broken.join("checkpoint.safetensors");
        let arguments = if checkpoint.exists() {
            resume.to_vec()
        } else {
            from_start(&broken_out)
        };
        let mut child = start(&arguments)?;
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // On average an eighth of the run, whatever the machine and its load.
        std::thread::sleep(whole_time.mul_f64((random >> 33) as f64 / 2_f64.powi(33)));
        child.kill()?;
        let output = child.wait_with_output()?;
        let told = String::from_utf8(output.stderr)?;
        assert!(!told.contains("error"), "{told}");
        kills += usize::from(!output.status.success());
        if checkpoint.exists() {
            // What is there is whole, whenever the program died, and nothing that was kept is lost.
            let checkpoint = Checkpoint::read(&checkpoint)?;
            let now = (checkpoint.n_epochs(), checkpoint.n_batches());
            assert!(now >= position, "{now:?} after {position:?}");
            position = now;
            in_epochs += usize::from(now.1 > 0);
        }
    }
    println!("{kills} kills, {in_epochs} inside an epoch");
    assert!(kills >= 5 && in_epochs >= 3, "{kills} {in_epochs}");
    succeeds(&resume)?;
    assert_eq!(result(&broken)?, result(&whole)?);
    let leftovers = files(&broken)?
        .into_iter()
        .filter(|(name, _)| name.starts_with('.'));
    assert_eq!(leftovers.count(), 0);
    Ok(())
}

#[test]
#[cfg(unix)]
fn ctrl_c_stops_inside_an_epoch_with_a_checkpoint() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let arguments = |out| {
        [
            "train", "yin-yang", "--engine", "cpu", "--epochs", "4", "--out", out,
        ]
    };
    let (whole_out, out) = (text(&whole), text(&broken));
    succeeds(&arguments(&whole_out))?;
    let child = start(&arguments(&out))?;
    while !broken.join("metrics.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    let told = stop(child, ("-INT", 130), Duration::from_secs(2))?;
    assert!(
        told.contains(&format!("spikefront train --resume {out}")),
        "{told}"
    );
    let checkpoint = Checkpoint::read(broken.join("checkpoint.safetensors"))?;
    println!(
        "left after {} epochs and {} steps",
        checkpoint.n_epochs(),
        checkpoint.n_batches()
    );
    assert!(checkpoint.n_batches() > 0);
    // Not by oversight: a run that was left is not replaced.
    assert_refused(&arguments(&out), "go on with it by --resume")?;
    succeeds(&["train", "--resume", &out])?;
    assert_eq!(result(&broken)?, result(&whole)?);
    Ok(())
}

/// Files may be no longer than a few KiB: writes fail as on a full disk.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_the_former_checkpoint() -> TestResult {
    let folder = tempfile::tempdir()?;
    left_at_once(folder.path(), "4")?;
    let checkpoint = folder.path().join("checkpoint.safetensors");
    let before = std::fs::read(&checkpoint)?;
    let program = env!("CARGO_BIN_EXE_spikefront");
    let line = "trap '' XFSZ; ulimit -f 8; exec \"$0\" train --resume \"$1\" --checkpoint-every 0";
    let output = std::process::Command::new("sh")
        .args(["-c", line, program, &text(folder.path())])
        .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("failed to write") && told.contains("is whole"),
        "{told}"
    );
    assert_eq!(std::fs::read(&checkpoint)?, before);
    let names = files(folder.path())?;
    assert!(names.iter().all(|(name, _)| !name.starts_with('.')));
    Ok(())
}

#[test]
fn what_does_not_belong_together_is_refused_and_left_alone() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path();
    let resume = text(run);
    assert_refused(&["train", "--resume", &resume], "no run was begun there")?;
    left_at_once(run, "3")?;
    let (settings, checkpoint) = (
        run.join("experiment.toml"),
        run.join("checkpoint.safetensors"),
    );
    let before = std::fs::read_to_string(&settings)?;
    let refused = |message: &str| -> TestResult {
        let there = files(run)?;
        assert_refused(&["train", "--resume", &resume], message)?;
        assert!(files(run)? == there, "something was written");
        Ok(())
    };
    std::fs::write(&settings, before.replacen("size = 200", "size = 100", 1))?;
    refused("layers.0.size: 100 here, 200 there")?;
    std::fs::write(&settings, before.replacen("size = 200", "sise = 200", 1))?;
    refused("the nearest is `size`")?;
    std::fs::write(&settings, &before)?;

    let whole = std::fs::read(&checkpoint)?;
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    std::fs::write(&checkpoint, &flipped)?;
    refused("its checksum is not that of its content")?;
    std::fs::write(&checkpoint, &whole[..middle])?;
    refused("damaged")?;

    let other = tempfile::tempdir()?;
    let out = text(other.path());
    succeeds(&[
        "train", "xor", "--engine", "cpu", "--epochs", "3", "--out", &out,
    ])?;
    std::fs::copy(other.path().join("checkpoint.safetensors"), &checkpoint)?;
    refused("data.task: \"yin-yang\" here, \"xor\" there")?;

    std::fs::write(&checkpoint, &whole)?;
    assert_refused(&["train", "--resume", &resume, "--epochs", "9"], "--epochs")?;
    succeeds(&["train", "--resume", &resume])?;
    Ok(())
}

#[test]
fn the_best_epoch_survives_a_break_and_is_what_is_tested() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [best, last, broken] = ["best", "last", "broken"].map(|name| folder.path().join(name));
    // Too steep for the last of six epochs to be the best.
    let train = |out: &Path, keep| -> TestResult {
        let (out, keep) = (text(out), format!("keep={keep}"));
        let rate = "optimiser.learning_rate=0.02";
        let begin = ["train", "yin-yang", "--engine", "cpu", "--epochs", "6"];
        let set = ["--set", rate, "--set", "schedule=constant", "--set", &keep];
        succeeds(&[&begin[..], &set, &["--overwrite", "--out", &out]].concat())?;
        Ok(())
    };
    let summary = |folder: &Path| -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(&std::fs::read(
            folder.join("summary.json"),
        )?)?)
    };
    train(&best, "best")?;
    train(&last, "last")?;
    let ((lines, weights), (other_lines, other_weights)) = (result(&best)?, result(&last)?);
    assert_eq!(lines, other_lines);
    assert_ne!(weights, other_weights);
    let kept = summary(&best)?["kept_epoch"].as_u64().ok_or("no epoch")? as usize;
    assert_eq!(summary(&last)?["kept_epoch"], 6);
    let accuracy = |line: &Value| line["validation_accuracy"].as_f64();
    assert!(kept < 6);
    assert!(
        lines
            .iter()
            .all(|line| accuracy(line) <= accuracy(&lines[kept - 1]))
    );

    // Left after the best epoch, which only the checkpoint knows then.
    std::fs::create_dir(&broken)?;
    let file = best.join("checkpoint.safetensors");
    let whole = Checkpoint::read(&file)?;
    let prepared = whole.experiment.prepare(whole.experiment.seed)?;
    let engine = spikefront::cpu::CpuEngine::new();
    let mut trainer = prepared.trainer(&engine)?;
    let mut history = Vec::new();
    for _ in 0..kept + 1 {
        history.push(trainer.epoch(&prepared.train, prepared.validation.as_ref())?);
    }
    let state = trainer.state()?;
    assert_eq!(state.best.as_ref().map(|best| best.epoch), Some(kept));
    let left = Checkpoint::new(&whole.experiment, &prepared.network, &history, state);
    left.write(broken.join("checkpoint.safetensors"))?;
    succeeds(&["train", "--resume", &text(&broken)])?;
    assert_eq!(result(&broken)?, result(&best)?);
    assert_eq!(summary(&broken)?["kept_epoch"], kept);
    assert_refused(
        &["train", "iris", "--set", "keep=best", "--out", &text(&last)],
        "iris has no validation set",
    )
}
