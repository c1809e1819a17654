//! Settings that are mistaken for others, and what is told of them.

use super::mistakes::told;
use super::newcomers::spike_trains;
use super::simulation_files::simulation;
use super::train::succeeds;
use super::{TestResult, assert_refused, text};

#[test]
fn settings_of_a_simulation_are_told_as_they_are_written() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let set = |setting: &str, message: &str| {
        assert_refused(&["simulate", &file, "--set", setting], message)
    };
    set(
        "population.excitatory.size=5000000000",
        "a whole number from 0 to 4294967295",
    )?;
    set(
        "simulation.seed=99999999999999999999",
        "give a whole number from -9223372036854775808 to 9223372036854775807",
    )?;
    set(
        "projection.excitatory->excitatory.rule={kind=\"fixed_probability\"}",
        "add probability = ... (`spikefront preset every-simulation-key`",
    )?;
    set(
        "projection.excitatory->excitatory.rule={kind=\"fixed_probability\",probability=nan}",
        "probability of ",
    )?;
    set(
        "poisson.excitatory.weight_of_peak=1.7e308",
        "weight of a drive of \"excitatory\" is ",
    )?;
    set(
        "projection.excitatory->excitatory.delay={kind=\"normal\",mean=1,deviation=1}",
        "is drawn without a lower bound: keep every delay at zero or more",
    )?;
    set(
        "poisson.excitatory.rate=[[0,1,2]]",
        "the list has too many items",
    )?;
    assert_refused(
        &[
            "simulate",
            "cuba",
            "--scale",
            "0.02",
            "--set",
            "projection.*.delay=1e-12",
        ],
        "or longer delays and time constants",
    )?;
    let inline = [("# sample = 0", "sample = 1")];
    let file = simulation(folder.path(), &inline)?;
    assert_refused(
        &["simulate", &file],
        "sample of generator \"stimulus\" is 1",
    )?;
    let single = folder.path().join("single.toml");
    std::fs::write(
        &single,
        "[simulation]\nduration = 1.0\n\n[population]\nname = \"e\"\n",
    )?;
    assert_refused(&["simulate", &text(&single)], "write [[population]]")?;
    std::fs::write(folder.path().join("empty.toml"), "")?;
    assert_refused(
        &["simulate", &text(&folder.path().join("empty.toml"))],
        "add a section [simulation]",
    )
}

#[test]
fn times_outside_the_run_are_told() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let run = ["simulate", &file, "--duration", "60"];
    let (code, late) = told(&run)?;
    assert_eq!(code, Some(0), "{late}");
    assert!(
        late.contains("warning: 2 of 4 spikes of generator \"stimulus\" come after the end"),
        "{late}"
    );
    let whole = succeeds(&["simulate", &file])?;
    assert!(!String::from_utf8(whole.stderr)?.contains("warning"));
    Ok(())
}

#[test]
fn what_is_given_twice_is_refused() -> TestResult {
    let train = |more: &[&str], message: &str| {
        assert_refused(&[&["train", "iris"], more].concat(), message)
    };
    train(
        &["--epochs", "1", "--set", "epochs=2"],
        "--set is epochs=2: --epochs gives it as well",
    )?;
    train(
        &["--epochs", "1", "--set", "epochs=2,3"],
        "--epochs gives it as well",
    )?;
    train(&["--set", "layers.0.size=3,3"], "3 is given twice")
}

#[test]
fn data_and_results_in_another_place_are_told() -> TestResult {
    let folder = tempfile::tempdir()?;
    let place = |name: &str| text(&folder.path().join(name));
    let [train, test, sweep] = ["train.npz", "test.npz", "sweep"].map(place);
    spike_trains(&folder.path().join("train.npz"), 0)?;
    let from = |data: &str| ["train", "spikes", "--data", data].map(str::to_owned);
    let refused = |data: &str, message: &str| {
        assert_refused(&from(data).each_ref().map(String::as_str), message)
    };
    refused(&train, "it is a file: name the folder")?;
    refused(&place("nowhere"), "there is no such folder")?;
    refused(&text(folder.path()), "it lacks test.npz")?;
    spike_trains(&folder.path().join("test.npz"), 0)?;
    assert!(std::path::Path::new(&test).exists());
    assert_refused(
        &[
            "train",
            "spikes",
            "--data",
            &text(folder.path()),
            "--set",
            "layers.1.size=3",
            "--epochs",
            "0",
            "--set",
            "data.channels=2",
            "--out",
            &place("run"),
            "--nir",
            &train,
        ],
        "layers.1.size is 3: leave it out",
    )?;
    succeeds(&[
        "train", "iris", "--engine", "cpu", "--epochs", "1", "--seeds", "0-1", "--out", &sweep,
    ])?;
    assert_refused(&["report", &sweep], "several runs are there")?;
    Ok(())
}
