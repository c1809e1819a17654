//! Experiments as files, and runs that are broken off and gone on with.

use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use spikefront::train::Checkpoint;

use super::{TestResult, assert_refused, command, spikefront, text};

type Files = Vec<(String, Vec<u8>)>;

fn succeeds(arguments: &[&str]) -> Result<Output, Box<dyn std::error::Error>> {
    let output = spikefront(arguments)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    Ok(output)
}

/// What a run comes down to, wall-clock times left out.
fn result(folder: &Path) -> Result<(Vec<Value>, Vec<u8>), Box<dyn std::error::Error>> {
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

fn files(folder: &Path) -> Result<Files, Box<dyn std::error::Error>> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push((name, std::fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}

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
        "the nearest is `rule`",
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
    let asked = Instant::now();
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()?
            .success()
    );
    let output = child.wait_with_output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
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
    let statistics = std::fs::read(all.join("seeds.json"))?;
    let statistics: Value = serde_json::from_slice(&statistics)?;
    let mut sum = 0.0;
    for number in 4..7 {
        let summary: Value =
            serde_json::from_slice(&std::fs::read(seed(number).join("summary.json"))?)?;
        sum += summary["test_accuracy"].as_f64().ok_or("no accuracy")?;
    }
    let mean = statistics["test_accuracy"]["mean"]
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
