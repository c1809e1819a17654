//! Features of one's own, from a table to predictions.

use serde_json::Value;

use super::train::succeeds;
use super::{TestResult, assert_refused, text};

const IRIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/data/iris.csv");

#[test]
fn a_table_is_trained_on_evaluated_and_asked() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [run, answer, few] =
        ["run", "answer.npz", "few.csv"].map(|name| text(&folder.path().join(name)));
    let train = [
        "train", "features", "--data", IRIS, "--engine", "cpu", "--epochs", "4",
    ];
    succeeds(&[&train[..], &["--out", &run]].concat())?;
    let summary = std::fs::read(folder.path().join("run/summary.json"))?;
    let summary: Value = serde_json::from_slice(&summary)?;
    assert_eq!(summary["network"], "5-50-3");
    let json = |more: &[&str]| -> Result<Value, Box<dyn std::error::Error>> {
        let output = succeeds(&[&["evaluate", &run, "--json"], more].concat())?;
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let own = json(&[])?;
    assert_eq!(own["accuracy"], summary["test_accuracy"]);
    assert_eq!(
        own["classes"],
        serde_json::json!(["setosa", "versicolor", "virginica"])
    );
    assert_eq!(
        json(&["--data", IRIS])?["samples"],
        150,
        "one file is taken whole"
    );
    // In centimetres, columns in another order, without labels.
    std::fs::write(
        &few,
        "petal_width_cm,petal_length_cm,sepal_width_cm,sepal_length_cm\n0.2,1.4,3.5,5.1\n2.0,5.5,3.0,6.8\n",
    )?;
    let told = succeeds(&["predict", &run, &few, "--out", &answer])?;
    let told = String::from_utf8(told.stdout)?;
    assert!(
        told.starts_with("2 samples, weights of epoch 4: setosa "),
        "{told}"
    );

    let with = |more: &[&'static str]| [&train[..], more].concat();
    assert_refused(
        &with(&["--set", "data.label=kind"]),
        "it has no column \"kind\"",
    )?;
    assert_refused(
        &with(&["--set", "layers.1.size=4"]),
        "size of the output layer is 4: give one neuron for each of the 3",
    )?;
    assert_refused(
        &with(&["--set", "data.columns=[\"species\"]"]),
        "\"setosa\" is no finite number",
    )?;
    assert_refused(&["train", "features"], "data.folder is not given")?;
    let ragged = folder.path().join("ragged.csv");
    std::fs::write(&ragged, "a,b,y\n1,2,x\n3,x\n")?;
    assert_refused(
        &["train", "features", "--data", &text(&ragged)],
        "ragged.csv: line 3 has 2 fields, and its first line 3",
    )
}
