//! Trainings that go on beyond their end, and trainings that begin with the weights of another.

use std::path::Path;

use ndarray_npy::NpzReader;
use spikefront::train::Checkpoint;

use super::after::{iris_for, printed, summary};
use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, command, spikefront, text};

#[test]
fn a_run_goes_on_beyond_its_end_to_the_bits_of_a_longer_one() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [short, long, step] = ["short", "long", "step"].map(|name| folder.path().join(name));
    iris_for("2", &text(&short))?;
    let ended = result(&short)?;
    iris_for("5", &text(&long))?;
    let more = ["train", "--resume", &text(&short), "--epochs", "5"];
    let told = printed(&more)?;
    assert!(told.contains("after 5 epochs"), "{told}");
    assert_eq!(result(&short)?, result(&long)?);
    assert_ne!(result(&short)?, ended);
    let settings = |run: &Path| std::fs::read_to_string(run.join("experiment.toml"));
    assert_eq!(settings(&short)?, settings(&long)?);
    assert_eq!(summary(&short)?["test_loss"], summary(&long)?["test_loss"]);
    // As many as there are: nothing is trained, and the outcome comes anew.
    let before = result(&short)?;
    printed(&more)?;
    assert_eq!(result(&short)?, before);
    assert_refused(
        &["train", "--resume", &text(&short), "--epochs", "4"],
        "number of epochs is 4: give 5 or more",
    )?;
    assert_eq!(result(&short)?, before);

    // A rate that falls by steps falls as in a longer run; one that falls over the epochs does not.
    for (schedule, is_same) in [
        ("{ step = { every = 2, factor = 0.1 } }", true),
        ("{ cosine = { epochs = 2 } }", false),
    ] {
        let run = |epochs: &str, out: &Path| {
            let set = format!("schedule={schedule}");
            printed(&[
                "train",
                "iris",
                "--engine",
                "cpu",
                "--set",
                &set,
                "--epochs",
                epochs,
                "--out",
                &text(out),
            ])
        };
        run("2", &step)?;
        printed(&["train", "--resume", &text(&step), "--epochs", "4"])?;
        run("4", &long)?;
        assert_eq!(result(&step)? == result(&long)?, is_same, "{schedule}");
    }
    Ok(())
}

/// Each write of a run that goes on, cut off once by a full disk and once by a crash.
#[test]
fn every_write_of_more_epochs_can_be_cut_off() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [former, whole, broken] =
        ["former", "whole", "broken"].map(|name| folder.path().join(name));
    iris_for("1", &text(&former))?;
    iris_for("2", &text(&whole))?;
    let (before, expected) = (files(&former)?, result(&whole)?);
    for kind in ["full", "stop"] {
        let mut n_former = 0;
        for at in 1.. {
            std::fs::create_dir(&broken)?;
            for (name, bytes) in &before {
                std::fs::write(broken.join(name), bytes)?;
            }
            let out = text(&broken);
            let more = ["train", "--resume", &out, "--epochs", "2"];
            let output = command(&more)
                .env("SPIKEFRONT_BREAK_WRITES", format!("{kind}:{at}"))
                .output()?;
            let is_whole = output.status.code() == Some(0);
            // Whatever was cut off: it can be evaluated, and gone on with.
            let there = Checkpoint::read(broken.join("checkpoint.safetensors"))?;
            n_former += usize::from(there.experiment.epochs == 1);
            if !is_whole {
                printed(&["evaluate", &out])?;
                printed(&more)?;
            }
            assert_eq!(result(&broken)?, expected, "{kind} {at}");
            std::fs::remove_dir_all(&broken)?;
            if is_whole {
                assert!(at > 20 && n_former > 3, "{at} {n_former}");
                break;
            }
        }
    }
    Ok(())
}

#[test]
fn a_training_begins_with_the_weights_of_another() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [first, second, third, same] = ["a", "b", "c", "d"].map(|name| folder.path().join(name));
    iris_for("2", &text(&first))?;
    let weights = text(&first.join("weights.npz"));
    let names = NpzReader::new(std::fs::File::open(&weights)?)?.names()?;
    assert!(
        names.iter().any(|name| name == "input->hidden/weight"),
        "{names:?}"
    );
    // Untrained it is the same network, whatever the seed.
    let begin = [
        "train", "iris", "--engine", "cpu", "--seed", "4", "--init", &weights,
    ];
    succeeds(&[&begin[..], &["--epochs", "0", "--out", &text(&second)]].concat())?;
    assert_eq!(
        std::fs::read(second.join("weights.npz"))?,
        std::fs::read(&weights)?
    );
    succeeds(&[&begin[..], &["--epochs", "2", "--out", &text(&third)]].concat())?;
    let settings = std::fs::read_to_string(third.join("experiment.toml"))?;
    assert!(
        settings.contains("[init]") && settings.contains("digest = \"crc32:"),
        "{settings}"
    );
    // Its settings are the same run again, also where it is broken off; another file is noticed.
    let again = [
        "train",
        &text(&third.join("experiment.toml")),
        "--checkpoint-every",
        "0",
        "--out",
        &text(&same),
    ];
    let broken = command(&again)
        .env("SPIKEFRONT_BREAK_WRITES", "stop:40")
        .output()?;
    assert_eq!(broken.status.code(), Some(86));
    let kept = std::fs::read(&weights)?;
    std::fs::remove_file(&weights)?;
    succeeds(&["train", "--resume", &text(&same)])?;
    assert_eq!(result(&same)?, result(&third)?);
    std::fs::copy(second.join("experiment.toml"), &weights)?;
    assert_refused(
        &[&again[..], &["--overwrite"]].concat(),
        "another than the run began with",
    )?;
    std::fs::write(&weights, kept)?;
    assert_refused(
        &[&begin[..], &["--set", "layers.0.size=7"]].concat(),
        "array input->hidden/weight: its shape is [5, 10]",
    )?;
    let out = text(&second);
    let recurrent = "layers.0.recurrent={ weight_mean = 0, weight_deviation = 0.01, delay = 1 }";
    let changed = [
        &begin[..],
        &["--set", recurrent, "--epochs", "1", "--out", &out],
    ]
    .concat();
    assert_refused(
        &changed,
        "it lacks hidden->hidden/weight, hidden->hidden/delay",
    )?;
    let output = spikefront(&[&changed[..], &["--init-partial"]].concat())?;
    let told = String::from_utf8(output.stderr)?;
    assert!(
        told.contains("drawn: hidden->hidden/weight, hidden->hidden/delay"),
        "{told}"
    );
    assert_refused(&["train", "iris", "--init-partial"], "--init")
}
