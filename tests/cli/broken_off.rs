//! Runs that are broken off and gone on with.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use spikefront::train::Checkpoint;

use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, start, text};

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
    let checkpoint = Checkpoint::read(folder.join("checkpoint.safetensors"))?;
    assert!(checkpoint.n_epochs() < epochs.parse()?);
    Ok(())
}

/// A small training that is broken off again and again at moments that differ, and gone on with each time.
struct Broken {
    experiment: [&'static str; 4],
    /// How it is stopped, in turn.
    signals: &'static [&'static str],
    random: u64,
    kills: usize,
    in_epochs: usize,
    /// What trainings that nobody stops come to, and how long they take.
    whole: BTreeMap<[&'static str; 4], (Outcome, Duration)>,
}

type Outcome = (Vec<Value>, Vec<u8>);

impl Broken {
    fn begin<'a>(&self, out: &'a str) -> Vec<&'a str> {
        let options = [
            "--engine",
            "cpu",
            "--threads",
            "1",
            "--checkpoint-every",
            "0",
        ];
        let options = [&["train"], &self.experiment[..], &options].concat();
        [&options[..], &["--overwrite", "--out", out]].concat()
    }

    /// A number from 0 to below 1.
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005);
        self.random = self.random.wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 32) as f64 / 2_f64.powi(32)
    }

    /// Goes through one training, with up to `most` stops, and compares it with one that nobody stopped.
    fn run(&mut self, most: usize) -> TestResult {
        let folder = tempfile::tempdir()?;
        let broken = folder.path().join("broken");
        let broken_out = text(&broken);
        if !self.whole.contains_key(&self.experiment) {
            let whole = folder.path().join("whole");
            let began = Instant::now();
            succeeds(&self.begin(&text(&whole)))?;
            let took = began.elapsed();
            self.whole.insert(self.experiment, (result(&whole)?, took));
        }
        let (whole, whole_time) = self.whole[&self.experiment].clone();
        let resume = [
            "train",
            "--resume",
            &broken_out,
            "--threads",
            "1",
            "--checkpoint-every",
            "0",
        ];
        let (checkpoint, summary) = (
            broken.join("checkpoint.safetensors"),
            broken.join("summary.json"),
        );
        let mut position = (0, 0);
        for _ in 0..most {
            let arguments = match checkpoint.exists() {
                true => resume.to_vec(),
                false => self.begin(&broken_out),
            };
            let child = start(&arguments)?;
            // On average a twelfth of the run, whatever the machine and its load.
            std::thread::sleep(whole_time.mul_f64(0.25 * self.draw().powi(2)));
            let signal = self.signals[self.kills % self.signals.len()];
            // A program that has ended by itself has no number any more.
            let _ = Command::new("kill")
                .args([signal, &child.id().to_string()])
                .stderr(Stdio::null())
                .status()?;
            let output = child.wait_with_output()?;
            let told = String::from_utf8(output.stderr)?;
            assert!(
                !told.contains("error") && !told.contains("panicked"),
                "{told}"
            );
            self.kills += usize::from(!output.status.success());
            if checkpoint.exists() {
                // What is there is whole, whenever the program died, and nothing that was kept is lost.
                let checkpoint = Checkpoint::read(&checkpoint)?;
                let now = (checkpoint.n_epochs(), checkpoint.n_batches());
                assert!(now >= position, "{now:?} after {position:?}");
                position = now;
                self.in_epochs += usize::from(now.1 > 0);
            }
            if summary.exists() {
                break;
            }
        }
        succeeds(&resume)?;
        assert_eq!(result(&broken)?, whole);
        let leftovers = files(&broken)?
            .into_iter()
            .filter(|(name, _)| name.starts_with('.'));
        assert_eq!(leftovers.count(), 0);
        Ok(())
    }
}

#[test]
#[cfg(unix)]
fn a_run_that_is_killed_at_any_moment_ends_with_the_same_bits() -> TestResult {
    let mut broken = Broken {
        experiment: ["iris", "--epochs", "60", "--seed=0"],
        signals: &["-KILL"],
        random: 12345,
        kills: 0,
        in_epochs: 0,
        whole: BTreeMap::new(),
    };
    broken.run(40)?;
    let Broken {
        kills, in_epochs, ..
    } = broken;
    println!("{kills} kills, {in_epochs} inside an epoch");
    assert!(kills >= 5 && in_epochs >= 3, "{kills} {in_epochs}");
    Ok(())
}

/// The campaign: `cargo test --release --test cli a_thousand_kills -- --ignored --nocapture`, some ten minutes.
#[test]
#[cfg(unix)]
#[ignore = "a campaign of a thousand runs of the program"]
fn a_thousand_kills_change_no_bit() -> TestResult {
    const EXPERIMENTS: [[&str; 4]; 4] = [
        ["iris", "--epochs", "60", "--seed=1"],
        ["xor", "--epochs", "400", "--seed=2"],
        ["iris", "--epochs", "40", "--set=keep=\"last\""],
        ["yin-yang", "--epochs", "2", "--set=layers.0.size=20"],
    ];
    let mut broken = Broken {
        experiment: EXPERIMENTS[0],
        signals: &["-KILL", "-TERM", "-HUP", "-INT"],
        random: 2026,
        kills: 0,
        in_epochs: 0,
        whole: BTreeMap::new(),
    };
    let mut trainings = 0;
    while broken.kills < 1000 {
        broken.experiment = EXPERIMENTS[trainings % EXPERIMENTS.len()];
        broken.run(1000)?;
        trainings += 1;
        println!("{} kills in {trainings} trainings", broken.kills);
    }
    println!("{} checkpoints were inside an epoch", broken.in_epochs);
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
    assert_refused(&["train", "--resume", &resume, "--batch", "9"], "--batch")?;
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
    let mut trainer = prepared.trainer(engine.clone())?;
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
