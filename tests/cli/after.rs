//! After a training: what it was is evaluated, and asked.

use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use spikefront::data::iris;
use spikefront::train::Checkpoint;

use super::train::{files, succeeds};
use super::{TestResult, assert_refused, command, text};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

pub fn printed(arguments: &[&str]) -> Done<String> {
    Ok(String::from_utf8(succeeds(arguments)?.stdout)?)
}

fn json(arguments: &[&str]) -> Done<Value> {
    Ok(serde_json::from_str(&printed(
        &[arguments, &["--json"]].concat(),
    )?)?)
}

pub fn summary(folder: &Path) -> Done<Value> {
    Ok(serde_json::from_slice(&std::fs::read(
        folder.join("summary.json"),
    )?)?)
}

/// Iris for some epochs, at a constant rate.
pub fn iris_for(epochs: &str, out: &str) -> Done<String> {
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
