//! Labels and weights that do not belong to a network, and runs that are gone on with elsewhere.

use std::path::Path;

use ndarray::Array1;
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use spikefront::cpu::CpuEngine;
use spikefront::train::{Checkpoint, EngineSetting, Experiment, Task};

use super::mistakes::told;
use super::train::{result, succeeds};
use super::{TestResult, assert_refused, text};

/// Forty samples of two classes on two channels, with labels counted from `first`.
pub fn spike_trains(path: &Path, first: i64) -> TestResult {
    let labels: Vec<i64> = (0..40).map(|sample| sample % 2).collect();
    let times = labels
        .iter()
        .flat_map(|&label| [1.0 + 10.0 * label as f64, 15.0 - 10.0 * label as f64]);
    let mut file = NpzWriter::new(std::fs::File::create(path)?);
    file.add_array("times", &times.collect::<Array1<f64>>())?;
    file.add_array("units", &(0..80).map(|u| u % 2).collect::<Array1<i64>>())?;
    file.add_array("offsets", &(0..41).map(|i| 2 * i).collect::<Array1<i64>>())?;
    file.add_array(
        "labels",
        &labels.iter().map(|l| l + first).collect::<Array1<i64>>(),
    )?;
    file.finish()?;
    Ok(())
}

#[test]
fn labels_counted_from_one_are_told() -> TestResult {
    let folder = tempfile::tempdir()?;
    let (data, out) = (text(folder.path()), text(&folder.path().join("run")));
    let train = |size: &'static str| {
        [
            "train",
            "spikes",
            "--data",
            &data,
            "--engine",
            "cpu",
            "--epochs",
            "1",
            "--overwrite",
            "--out",
            &out,
            "--set",
            size,
        ]
        .map(str::to_owned)
    };
    let write = |first| -> TestResult {
        spike_trains(&folder.path().join("train.npz"), first)?;
        spike_trains(&folder.path().join("test.npz"), first)
    };
    let run = |size| -> Result<(Option<i32>, String), Box<dyn std::error::Error>> {
        let arguments = train(size);
        told(&arguments.each_ref().map(String::as_str))
    };
    write(1)?;
    let (code, two) = run("layers.1.size=2")?;
    assert!(
        code == Some(2) && two.contains("range of labels is 1 to 2: count labels from 0"),
        "{two}"
    );
    let (_, three) = run("layers.1.size=3")?;
    assert!(
        three.contains("warning: no training sample is of class 0"),
        "{three}"
    );
    write(0)?;
    let (_, right) = run("layers.1.size=2")?;
    assert!(!right.contains("class 0"), "{right}");

    // Labels of tables are names: any numbers will do.
    let table = folder.path().join("table.csv");
    let lines = (0..40).map(|sample| format!("{},{},{}\n", sample % 2, sample % 7, 1 + sample % 2));
    std::fs::write(&table, format!("x,y,kind\n{}", lines.collect::<String>()))?;
    let named = told(&[
        "train",
        "features",
        "--data",
        &text(&table),
        "--engine",
        "cpu",
        "--epochs",
        "1",
        "--overwrite",
        "--out",
        &out,
        "--set",
        "layers.1.size=2",
    ])?;
    assert!(
        named.0 == Some(0) && !named.1.contains("class 0"),
        "{}",
        named.1
    );
    Ok(())
}

#[test]
fn a_run_goes_on_with_another_engine() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [left, whole] = ["left", "whole"].map(|name| folder.path().join(name));
    // As a run on a GPU leaves it that has failed; its steps are the CPU's, so that the end can be compared.
    let mut experiment = Experiment::preset(Task::Iris, "default")?.for_epochs(3);
    experiment.engine = EngineSetting::Gpu;
    let engine = CpuEngine::new();
    let prepared = experiment.prepare(experiment.seed)?;
    let mut trainer = prepared.trainer(engine.clone())?;
    let epoch = trainer.epoch(&prepared.train, prepared.validation.as_ref())?;
    let checkpoint = Checkpoint::new(&experiment, &prepared.network, &[epoch], trainer.state()?);
    std::fs::create_dir(&left)?;
    checkpoint
        .of_data(&prepared)
        .write(left.join("checkpoint.safetensors"))?;

    let output = succeeds(&["train", "--resume", &text(&left), "--engine", "cpu"])?;
    let told = String::from_utf8(output.stderr)?;
    let note = "goes on with the engine cpu, and the run was on another: its bits are not those";
    assert!(told.contains(note), "{told}");
    succeeds(&[
        "train",
        "iris",
        "--engine",
        "cpu",
        "--epochs",
        "3",
        "--out",
        &text(&whole),
    ])?;
    assert_eq!(result(&left)?, result(&whole)?);
    assert_eq!(
        Experiment::read(left.join("experiment.toml"))?.engine,
        EngineSetting::Cpu
    );
    // The run is now one of this engine; one that has ended is left as it is.
    let again = succeeds(&["train", "--resume", &text(&left), "--engine", "cpu"])?;
    let told = String::from_utf8(again.stderr)?;
    assert!(
        told.contains("the run has ended") && !told.contains(note),
        "{told}"
    );
    Ok(())
}

#[test]
fn runs_go_on_where_their_data_were_moved_to() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [before, after, all] =
        ["before.csv", "after.csv", "all"].map(|name| folder.path().join(name));
    let lines = (0..60).map(|sample| format!("{},{},{}\n", sample % 2, sample % 7, sample % 2));
    std::fs::write(&before, format!("x,y,kind\n{}", lines.collect::<String>()))?;
    let (out, moved) = (text(&all), text(&after));
    let seeds = [
        "train",
        "features",
        "--data",
        &text(&before),
        "--engine",
        "cpu",
        "--epochs",
        "1",
        "--seeds",
        "0-2",
        "--out",
        &out,
        "--set",
        "layers.1.size=2",
    ];
    succeeds(&seeds)?;
    let run = |seed: usize| all.join(format!("seed-{seed}"));
    let expected = [result(&run(1))?, result(&run(2))?];
    std::fs::remove_file(run(1).join("summary.json"))?;
    std::fs::remove_dir_all(run(2))?;
    std::fs::rename(&before, &after)?;
    assert_refused(
        &["train", "--resume", &out],
        "(--data says where they are now)",
    )?;
    let output = succeeds(&["train", "--resume", &out, "--data", &moved])?;
    let told = String::from_utf8(output.stderr)?;
    assert!(
        told.contains("run 2 of 3") && told.contains("run 3 of 3") && !told.contains("run 1 of 3"),
        "{told}"
    );
    assert_eq!([result(&run(1))?, result(&run(2))?], expected);
    // From then on they are known to be there.
    std::fs::remove_dir_all(run(2))?;
    succeeds(&["train", "--resume", &out])?;
    assert_eq!(result(&run(2))?, expected[1]);
    assert_refused(
        &["train", "--resume", &out, "--epochs", "3"],
        "several runs are there: give it with one of them, a folder seed-N in",
    )
}

#[test]
fn sparse_weights_go_to_their_own_pairs() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [run, other] = ["run", "other"].map(|name| folder.path().join(name));
    let iris = ["train", "iris", "--engine", "cpu", "--epochs", "1"];
    let sparse = ["--set", "layers.0.probability=0.5"];
    succeeds(&[&iris[..], &sparse, &["--seed", "1", "--out", &text(&run)]].concat())?;
    let weights = run.join("weights.npz");
    let mut file = NpzReader::new(std::fs::File::open(&weights)?)?;
    let sources: Array1<i64> = file.by_name("input->hidden/source")?;
    let targets: Array1<i64> = file.by_name("input->hidden/target")?;
    let values: Array1<f64> = file.by_name("input->hidden/weight")?;
    assert!(sources.len() == values.len() && targets.len() == values.len());
    assert!(targets.iter().all(|&target| (0..10).contains(&target)));
    let begin = [
        "--init",
        &text(&weights),
        "--overwrite",
        "--out",
        &text(&other),
    ];
    let with = |more: &[&'static str]| [&iris[..], &begin, more].concat();
    succeeds(&with(&[sparse[0], sparse[1], "--seed", "1"]))?;
    assert_refused(
        &with(&[sparse[0], sparse[1], "--seed", "2"]),
        "array input->hidden/source: ",
    )?;
    assert_refused(
        &with(&["--seed", "1"]),
        "array input->hidden/weight: it has weights of some pairs",
    )
}

#[test]
fn no_better_than_one_class_is_a_hint() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [file, run] = ["table.csv", "run"].map(|name| folder.path().join(name));
    // Labels that no column tells.
    let lines = (0..60_u64).map(|sample| {
        let mixed = sample.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        format!(
            "{},{},{}\n",
            mixed >> 40,
            (mixed >> 20) & 0xFFFF,
            sample % 2
        )
    });
    std::fs::write(&file, format!("x,y,kind\n{}", lines.collect::<String>()))?;
    let train = |epochs: &'static str| {
        told(&[
            "train",
            "features",
            "--data",
            &text(&file),
            "--engine",
            "cpu",
            "--overwrite",
            "--out",
            &text(&run),
            "--set",
            "layers.1.size=2",
            "--epochs",
            epochs,
        ])
    };
    let hint = "no better than that of always naming the most frequent class";
    let (code, short) = train("1")?;
    assert!(
        code == Some(0) && short.contains(hint) && short.contains("binomial"),
        "{short}"
    );
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json"))?)?;
    assert!(
        summary["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains(hint))
    );
    assert!(std::fs::read_to_string(run.join("report.html"))?.contains(hint));
    let (_, untrained) = train("0")?;
    assert!(!untrained.contains(hint), "{untrained}");
    Ok(())
}
