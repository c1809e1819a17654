//! After a training: what it was is evaluated, asked, gone on with, and begun from.

use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use spikefront::data::iris;
use spikefront::train::Checkpoint;

use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, command, spikefront, text};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

fn printed(arguments: &[&str]) -> Done<String> {
    Ok(String::from_utf8(succeeds(arguments)?.stdout)?)
}

fn json(arguments: &[&str]) -> Done<Value> {
    Ok(serde_json::from_str(&printed(
        &[arguments, &["--json"]].concat(),
    )?)?)
}

fn summary(folder: &Path) -> Done<Value> {
    Ok(serde_json::from_slice(&std::fs::read(
        folder.join("summary.json"),
    )?)?)
}

/// Iris for some epochs, at a constant rate.
fn iris_for(epochs: &str, out: &str) -> Done<String> {
    printed(&[
        "train",
        "iris",
        "--engine",
        "cpu",
        "--seed",
        "3",
        "--set",
        "schedule=constant",
        "--set",
        "optimiser.learning_rate=0.01",
        "--epochs",
        epochs,
        "--out",
        out,
    ])
}

#[test]
fn a_run_is_evaluated_to_the_number_that_the_training_printed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let told = iris_for("6", &out)?;
    let accuracy = told
        .split("test accuracy ")
        .nth(1)
        .and_then(|rest| rest.split(" %").next());
    let accuracy = accuracy.ok_or("no accuracy")?;
    let table = printed(&["evaluate", &out])?;
    assert!(
        table.contains(&format!(
            "weights of epoch 6: test accuracy {accuracy} % of 30 samples"
        )),
        "{table}"
    );
    assert!(
        table.contains("samples without output") && table.contains("| setosa | 10 | "),
        "{table}"
    );
    let summary = summary(&run)?;
    let found = json(&["evaluate", &out, "--threads", "1"])?;
    assert_eq!(found["accuracy"], summary["test_accuracy"]);
    assert_eq!(found["loss"], summary["test_loss"]);
    assert_eq!(found["samples"], 30);
    let counts = found["confusion"].as_array().ok_or("no confusion")?;
    let all: u64 = counts
        .iter()
        .flat_map(|row| row.as_array().into_iter().flatten())
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!((counts.len(), all), (3, 30));
    let training = json(&["evaluate", &out, "--split", "train"])?;
    assert_eq!(training["samples"], 120);
    assert_ne!(training["loss"], found["loss"], "a control");

    assert_refused(
        &["evaluate", &out, "--split", "validation"],
        "the run's data have none of this name",
    )?;
    assert_refused(
        &["evaluate", &out, "--weights", "best"],
        "choice of weights is best",
    )?;
    assert_refused(
        &["evaluate", &out, "--data", "."],
        "data.folder is .: leave it out",
    )?;
    assert_refused(
        &["evaluate", &text(folder.path())],
        "no run was begun there",
    )?;
    // Nothing but the checkpoint is needed, and nothing is written.
    for name in ["experiment.toml", "weights.npz", "summary.json"] {
        std::fs::remove_file(run.join(name))?;
    }
    let before = files(&run)?;
    assert_eq!(
        json(&["evaluate", &out])?,
        json(&["evaluate", &out, "--weights", "last"])?
    );
    assert_eq!(files(&run)?, before);
    Ok(())
}

#[test]
fn a_run_that_was_left_is_evaluated_as_far_as_it_is() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let broken = command(&[
        "train",
        "iris",
        "--engine",
        "cpu",
        "--epochs",
        "3",
        "--checkpoint-every",
        "0",
        "--out",
        &out,
    ])
    .env("SPIKEFRONT_BREAK_WRITES", "stop:40")
    .output()?;
    assert_eq!(broken.status.code(), Some(86));
    let there = Checkpoint::read(run.join("checkpoint.safetensors"))?;
    assert!(there.n_epochs() < 3 && !run.join("summary.json").exists());
    let found = json(&["evaluate", &out])?;
    assert_eq!(found["epochs"], there.n_epochs());
    Ok(())
}

#[test]
fn samples_are_predicted_with_classes_scores_and_spikes() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [run, input, answer] =
        ["run", "input.npz", "answer.npz"].map(|name| folder.path().join(name));
    let (out, input_text, answer_text) = (text(&run), text(&input), text(&answer));
    iris_for("3", &out)?;
    let set = iris();
    let labels: Vec<i64> = set.labels().iter().map(|&label| label as i64).collect();
    let write = |with_labels: bool| -> TestResult {
        let mut file = NpzWriter::new(std::fs::File::create(&input)?);
        file.add_array("x", set.features())?;
        if with_labels {
            file.add_array("y", &Array1::from(labels.clone()))?;
        }
        file.finish()?;
        Ok(())
    };
    write(false)?;
    let arguments = ["predict", &out, &input_text, "--out", &answer_text];
    let told = printed(&arguments)?;
    assert!(
        told.starts_with("150 samples, weights of epoch 3: setosa ") && !told.contains("accuracy"),
        "{told}"
    );
    let mut file = NpzReader::new(std::fs::File::open(&answer)?)?;
    let classes: Array1<i64> = file.by_name("classes")?;
    let scores: Array2<f64> = file.by_name("scores")?;
    let bounds: Array1<i64> = file.by_name("bounds")?;
    assert_eq!(
        (classes.len(), scores.dim(), bounds.to_vec()),
        (150, (150, 3), vec![0, 10, 13])
    );
    let right = classes.iter().zip(&labels).filter(|(x, y)| x == y).count();
    write(true)?;
    let told = printed(&arguments)?;
    assert!(
        told.contains(&format!("accuracy {:.2} %", 100.0 * right as f64 / 150.0)),
        "{told}"
    );
    // As `evaluate` has it over both parts.
    let mut expected = 0.0;
    for (split, n_samples) in [("train", 120.0), ("test", 30.0)] {
        expected += n_samples
            * json(&["evaluate", &out, "--split", split])?["accuracy"]
                .as_f64()
                .ok_or("none")?;
    }
    assert!((expected - right as f64).abs() < 1e-9, "{expected} {right}");

    let before = std::fs::read(&answer)?;
    let mut file = NpzWriter::new(std::fs::File::create(&input)?);
    file.add_array("x", &Array2::<f64>::zeros((2, 3)))?;
    file.finish()?;
    assert_refused(
        &arguments,
        "it has 3 columns of features, and the network was trained on 4",
    )?;
    assert_refused(
        &[&arguments[..], &["--voltages-every", "0"]].concat(),
        "--voltages-every is 0",
    )?;
    assert_eq!(std::fs::read(&answer)?, before);
    // Nothing that the answer is made of is replaced.
    let own = text(&run.join("weights.npz"));
    for (place, message) in [
        (&input_text, "that is the input"),
        (&own, "the run's own folder"),
        (&"answer.txt".to_owned(), "ends in .npz"),
    ] {
        assert_refused(&["predict", &out, &input_text, "--out", place], message)?;
    }
    Ok(())
}

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
