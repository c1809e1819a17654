//! Several values of settings, one run after another, and one table.

use std::path::Path;

use serde_json::Value;

use super::train::{files, result, succeeds};
use super::{TestResult, assert_refused, spikefront, text};

fn sweep(folder: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    Ok(serde_json::from_slice(&std::fs::read(
        folder.join("sweep.json"),
    )?)?)
}

#[test]
fn every_value_meets_every_other_over_all_seeds() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [all, one] = ["all", "one"].map(|name| folder.path().join(name));
    let out = text(&all);
    let train = ["train", "iris", "--engine", "cpu", "--epochs", "2"];
    let arguments = [
        &train[..],
        &[
            "--set",
            "optimiser.learning_rate=0.001, 0.02",
            "--set",
            "layers.0.size=5,10",
            "--seeds",
            "1-2",
            "--out",
            &out,
        ],
    ]
    .concat();
    let table = String::from_utf8(succeeds(&arguments)?.stdout)?;
    assert!(
        table.contains("| optimiser.learning_rate | layers.0.size | runs | mean |"),
        "{table}"
    );
    assert!(
        table.contains("| 0.02 | 10 | 2 | ") && table.contains(" | best |"),
        "{table}"
    );
    let outline = sweep(&all)?;
    let rows = outline["settings"].as_array().ok_or("no rows")?;
    assert_eq!(rows.len(), 4);
    let run = |name: &str, seed: u64| all.join(name).join(format!("seed-{seed}"));
    let name = "optimiser.learning_rate=0.02,layers.0.size=5";
    assert_eq!(rows[2]["folder"], name);
    let mut sum = 0.0;
    for seed in [1, 2] {
        let summary: Value =
            serde_json::from_slice(&std::fs::read(run(name, seed).join("summary.json"))?)?;
        sum += summary["test_accuracy"].as_f64().ok_or("no accuracy")?;
    }
    let mean = rows[2]["test_accuracy"]["mean"].as_f64().ok_or("no mean")?;
    assert!((mean - 0.5 * sum).abs() < 1e-12);
    let best = rows.iter().filter(|row| row["is_best"] == true);
    let means = rows
        .iter()
        .filter_map(|row| row["test_accuracy"]["mean"].as_f64());
    let highest = means.reduce(f64::max);
    assert!(best.clone().count() > 0);
    assert!(
        best.into_iter()
            .all(|row| row["test_accuracy"]["mean"].as_f64() == highest)
    );
    let csv = std::fs::read_to_string(all.join("sweep.csv"))?;
    assert!(
        csv.starts_with("optimiser.learning_rate,layers.0.size,folder,runs,mean,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5);
    // A run of the sweep is the run with these settings.
    let alone = [
        "--set",
        "optimiser.learning_rate=0.02",
        "--set",
        "layers.0.size=5",
        "--seed",
        "2",
        "--out",
        &text(&one),
    ];
    succeeds(&[&train[..], &alone].concat())?;
    assert_eq!(result(&run(name, 2))?, result(&one)?);
    assert_ne!(result(&run(name, 1))?, result(&one)?);

    // One was left, one has not begun: only these are run.
    let other = "optimiser.learning_rate=0.001,layers.0.size=10";
    let kept = files(&run(name, 1))?;
    let expected = [result(&run(name, 2))?, result(&run(other, 1))?];
    std::fs::remove_file(run(name, 2).join("summary.json"))?;
    std::fs::remove_dir_all(run(other, 1))?;
    let again = succeeds(&["train", "--resume", &out])?;
    let told = String::from_utf8(again.stderr)?;
    assert!(
        told.contains("run 3 of 8") && told.contains("run 6 of 8") && !told.contains("run 5 of 8"),
        "{told}"
    );
    assert_eq!(files(&run(name, 1))?, kept);
    assert_eq!([result(&run(name, 2))?, result(&run(other, 1))?], expected);
    assert_eq!(
        sweep(&all)?["settings"][2]["test_accuracy"],
        outline["settings"][2]["test_accuracy"]
    );
    // Nothing finished is replaced.
    assert_refused(&arguments, "run what is missing by --resume")?;
    assert_refused(
        &["train", "--resume", &out, "--epochs", "3"],
        "several runs are there: give it with one of them",
    )?;
    assert_refused(
        &["evaluate", &out],
        "several runs are there: name the folder of one",
    )?;
    assert_eq!(files(&run(name, 1))?, kept);
    Ok(())
}

#[test]
fn arrays_are_one_value_and_wrong_values_come_before_the_first_run() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("sweep"));
    let train = [
        "train", "iris", "--engine", "cpu", "--epochs", "1", "--out", &out,
    ];
    let with = |more: &[&'static str]| [&train[..], more].concat();
    assert_refused(
        &with(&["--set", "optimiser.learning_rate=0.1,fast"]),
        "optimiser.learning_rate is fast",
    )?;
    assert_refused(
        &with(&["--set", "optimiser.learning_rat=0.1,0.2"]),
        "the nearest is `learning_rate`",
    )?;
    assert_refused(
        &with(&["--set", "layers.0.size=4,,5"]),
        "one of them is empty",
    )?;
    assert_refused(&with(&["--set", "seed=1,2"]), "--seeds")?;
    assert!(!folder.path().join("sweep/experiment.toml").exists());
    let targets = "loss={ kind = \"spike_times\", targets = { right = [10.0, 20.0], others = [] } },{ kind = \"integral\" }";
    succeeds(&with(&["--set", targets]))?;
    let rows = sweep(&folder.path().join("sweep"))?;
    assert_eq!(rows["settings"].as_array().map(Vec::len), Some(2));
    assert_eq!(rows["settings"][1]["values"][0], "{ kind = \"integral\" }");
    Ok(())
}

#[test]
fn a_run_that_goes_astray_does_not_end_the_others() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("sweep"));
    let arguments = [
        "train",
        "iris",
        "--engine",
        "cpu",
        "--epochs",
        "1",
        "--set",
        "spike_budget=1,100000",
        "--out",
        &out,
    ];
    let output = spikefront(&arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("this run failed: ") && told.contains("1 of 2 runs failed: "),
        "{told}"
    );
    let table = String::from_utf8(output.stdout)?;
    assert!(
        table.contains("| 1 | 0 | - |") && table.contains("| 100000 | 1 | "),
        "{table}"
    );
    Ok(())
}
