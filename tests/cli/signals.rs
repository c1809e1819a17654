//! Signals: a training ends with a checkpoint, within a step too long to wait for without one; a simulation says where.

use std::time::Duration;

use spikefront::train::Checkpoint;

use super::train::{result, succeeds};
use super::{TestResult, assert_refused, start, stop, text};

#[test]
fn ctrl_c_stops_inside_an_epoch_with_a_checkpoint() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let arguments = |out| {
        [
            "train", "yin-yang", "--engine", "cpu", "--epochs", "12", "--out", out,
        ]
    };
    let (whole_out, out) = (text(&whole), text(&broken));
    succeeds(&arguments(&whole_out))?;
    // A moment may happen to be the end of an epoch: then the run goes on, and is stopped once more.
    let mut is_inside = false;
    for (attempt, wait) in [100, 30, 70, 40, 110].into_iter().enumerate() {
        let begun = std::fs::metadata(broken.join("metrics.jsonl")).map_or(0, |file| file.len());
        let child = match attempt {
            0 => start(&arguments(&out))?,
            _ => start(&["train", "--resume", &out])?,
        };
        while std::fs::metadata(broken.join("metrics.jsonl")).map_or(0, |file| file.len()) <= begun
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(wait));
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
        is_inside = checkpoint.n_batches() > 0;
        if is_inside {
            break;
        }
    }
    assert!(is_inside, "every stop was at the end of an epoch");
    // Not by oversight: a run that was left is not replaced.
    assert_refused(&arguments(&out), "go on with it by --resume")?;
    succeeds(&["train", "--resume", &out])?;
    assert_eq!(result(&broken)?, result(&whole)?);
    Ok(())
}

#[test]
fn a_folder_has_one_writer_and_signals_stop_it_with_a_checkpoint() -> TestResult {
    let folder = tempfile::tempdir()?;
    for (signal, code) in [("-TERM", 143), ("-HUP", 129), ("-INT", 130)] {
        let run = folder.path().join(signal);
        let out = text(&run);
        let arguments = [
            "train",
            "yin-yang",
            "--engine",
            "cpu",
            "--threads",
            "1",
            "--epochs",
            "50",
            "--out",
            &out,
        ];
        let child = start(&arguments)?;
        while !run.join("metrics.jsonl").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let holder = format!("process {} writes there", child.id());
        assert_refused(&[&arguments[..], &["--overwrite"]].concat(), &holder)?;
        assert_refused(&["train", "--resume", &out], &holder)?;
        let told = stop(child, (signal, code), Duration::from_secs(2))?;
        assert!(told.contains("spikefront train --resume"), "{told}");
        Checkpoint::read(run.join("checkpoint.safetensors"))?;
    }
    Ok(())
}

/// One step of this takes longer than the program waits for it.
#[test]
fn ctrl_c_is_heard_within_a_long_step() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let arguments = [
        "train",
        "digits",
        "--engine",
        "cpu",
        "--threads",
        "1",
        "--method",
        "forward",
        "--batch",
        "1400",
        "--set",
        "layers.0.size=4000",
        "--out",
        &out,
    ];
    let child = start(&arguments)?;
    while !run.join("metrics.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let before = std::fs::read(run.join("checkpoint.safetensors"))?;
    std::thread::sleep(Duration::from_millis(200));
    let told = stop(child, ("-INT", 130), Duration::from_secs(3))?;
    assert!(told.contains("stopped within a step"), "{told}");
    assert!(std::fs::read(run.join("checkpoint.safetensors"))? == before);
    Ok(())
}

#[test]
fn a_long_simulation_hears_ctrl_c() -> TestResult {
    let arguments = [
        "simulate",
        "cuba",
        "--scale",
        "0.1",
        "--duration",
        "1e8",
        "--threads",
        "1",
    ];
    let child = start(&arguments)?;
    std::thread::sleep(Duration::from_millis(1500));
    let told = stop(child, ("-INT", 130), Duration::from_secs(2))?;
    assert!(told.contains("stopped at "), "{told}");
    Ok(())
}
