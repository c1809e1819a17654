//! Spike trains from files, from the command line to the summary.

use std::path::Path;

use ndarray::Array1;
use ndarray_npy::NpzWriter;
use serde_json::Value;

use super::{TestResult, assert_refused, spikefront, text};

/// Two layers, the last a readout; `TASK` and the number of classes are filled in.
const EXPERIMENT: &str = r#"
epochs = 3
batch_size = 4
duration = 60.0
engine = "cpu"
[data]
task = "TASK"
[neuron]
tau_membrane = 20.0
tau_synapse = 5.0
threshold = 1.0
reset_to = 0.0
[[layers]]
size = 6
weight_mean = 0.4
weight_deviation = 0.1
recurrent = { weight_mean = 0.0, weight_deviation = 0.1, delay = 2.0 }
[[layers]]
size = CLASSES
weight_mean = 0.0
weight_deviation = 0.1
[loss]
kind = "maximum"
[optimiser]
learning_rate = 0.002
rule = { adam = {} }
"#;

/// One array of f64 for each name.
fn npz(path: &Path, arrays: &[(&str, Vec<f64>)]) -> TestResult {
    let mut file = NpzWriter::new(std::fs::File::create(path)?);
    for (name, values) in arrays {
        file.add_array(*name, &Array1::from_vec(values.clone()))?;
    }
    file.finish()?;
    Ok(())
}

/// Of class k fire units 2k and 2k + 1, and one spike comes after the run's end.
fn two_classes(path: &Path, n_samples: usize) -> TestResult {
    let (mut times, mut units, mut offsets, mut labels) = (vec![], vec![], vec![0.0], vec![]);
    for sample in 0..n_samples {
        let class = sample % 2;
        for (spike, time) in [1.0, 4.0, 70.0].into_iter().enumerate() {
            times.push(time + sample as f64 / 4.0);
            units.push((2 * class + spike % 2) as f64);
        }
        offsets.push(times.len() as f64);
        labels.push(class as f64);
    }
    npz(
        path,
        &[
            ("times", times),
            ("units", units),
            ("offsets", offsets),
            ("labels", labels),
        ],
    )
}

fn succeeds(arguments: &[&str]) -> TestResult {
    let output = spikefront(arguments)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    Ok(())
}

fn summary(folder: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    Ok(serde_json::from_slice(&std::fs::read(
        folder.join("summary.json"),
    )?)?)
}

#[test]
fn npz_files_are_trained_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [data, out] = ["data", "out"].map(|name| folder.path().join(name));
    std::fs::create_dir(&data)?;
    let file = text(&folder.path().join("mine.toml"));
    let settings = EXPERIMENT.replace("TASK", "spikes").replace("CLASSES", "2");
    std::fs::write(&file, settings)?;
    let (folder_of_data, out_text) = (text(&data), text(&out));
    let arguments = [
        "train",
        &file,
        "--data",
        &folder_of_data,
        "--out",
        &out_text,
    ];
    assert_refused(
        &arguments[..2],
        "data.folder is not given: name the folder of spikes, with train.npz",
    )?;
    two_classes(&data.join("train.npz"), 16)?;
    assert_refused(&arguments, "it lacks test.npz")?;
    two_classes(&data.join("test.npz"), 4)?;
    two_classes(&data.join("validation.npz"), 6)?;
    succeeds(&arguments)?;
    let first = summary(&out)?;
    assert_eq!(first["settings"]["data"]["task"], "spikes");
    let metrics = std::fs::read_to_string(out.join("metrics.jsonl"))?;
    assert!(metrics.contains("validation_accuracy"), "{metrics}");
    let weights = std::fs::metadata(out.join("weights.npz"))?.len();
    // Pooled channels need fewer weights.
    let pooled = [&arguments[..], &["--set", "data.channels=2"]].concat();
    succeeds(&pooled)?;
    assert!(std::fs::metadata(out.join("weights.npz"))?.len() < weights);
    assert_eq!(summary(&out)?["settings"]["data"]["channels"], 2);
    let many = [&arguments[..], &["--set", "data.channels=5"]].concat();
    assert_refused(&many, "data.channels is 5: give a number from 1 to 4")?;
    let encoding = ["--set", "encoding={ earliest = 0, latest = 1 }"];
    let encoded = [&arguments[..], &encoding].concat();
    assert_refused(
        &encoded,
        "encoding is given: leave it out: spikes has spikes",
    )
}

#[test]
#[cfg(feature = "hdf5")]
fn heidelberg_files_are_trained_on() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [data, out] = ["data", "out"].map(|name| folder.path().join(name));
    std::fs::create_dir(&data)?;
    let file = text(&folder.path().join("mine.toml"));
    let settings = EXPERIMENT.replace("TASK", "shd").replace("CLASSES", "20");
    std::fs::write(&file, settings)?;
    let (folder_of_data, out_text) = (text(&data), text(&out));
    let arguments = [
        "train",
        &file,
        "--data",
        &folder_of_data,
        "--out",
        &out_text,
    ];
    assert_refused(&arguments, "it lacks shd_train.h5, shd_test.h5")?;
    for name in ["shd_train.h5", "shd_test.h5"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/heidelberg.h5");
        std::fs::copy(from, data.join(name))?;
    }
    let pooled = [
        &arguments[..],
        &["--set", "data.channels=70", "--set", "duration=500"],
    ]
    .concat();
    succeeds(&pooled)?;
    assert_eq!(summary(&out)?["settings"]["data"]["channels"], 70);
    Ok(())
}
