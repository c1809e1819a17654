//! Files of other commands, files that are not there, and values that are refused by their keys.

use spikefront::train::Experiment;

use super::simulation_files::simulation;
use super::train::succeeds;
use super::{TestResult, assert_refused, text};

#[test]
fn files_are_told_by_what_they_are_for() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let at = |name: &str| text(&folder.path().join(name));
    let (training, run) = (at("training.toml"), at("run"));
    std::fs::write(&training, Experiment::preset_text("iris")?)?;
    let describes = |what: &str| format!("the file describes {what}");
    assert_refused(
        &["train", &file],
        &describes(&format!("a simulation: `spikefront simulate {file}`")),
    )?;
    assert_refused(
        &["simulate", &training],
        &describes(&format!("a training: `spikefront train {training}`")),
    )?;
    for command in ["train", "simulate"] {
        let near = format!("there is no such file; the nearest there is {file}");
        assert_refused(&[command, &at("own.tml")], &near)?;
        assert_refused(&[command, &at("won.toml")], &near)?;
        assert_refused(
            &[command, &at("else.toml")],
            "there is no such file: name one",
        )?;
        assert_refused(&[command, &at("none/own.toml")], "there is no folder")?;
    }
    assert_refused(
        &["simulate", "nam.tml"],
        "file is \"nam.tml\": there is no such file",
    )?;
    assert_refused(
        &["train", "cuba"],
        "it is a network to simulate: `spikefront simulate cuba`",
    )?;
    assert_refused(
        &["simulate", "iris"],
        "it is an experiment to train: `spikefront train iris`",
    )?;
    succeeds(&[
        "train", "iris", "--engine", "cpu", "--epochs", "0", "--out", &run,
    ])?;
    assert_refused(&["train", &run], "it is the folder of a run")?;
    assert_refused(
        &["simulate", &file, "--resume", &run],
        "it is a folder: name the file that --checkpoint wrote",
    )
}

#[test]
fn refusals_name_the_keys_of_the_file() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    for (setting, message) in [
        (
            "population.excitatory.size=0",
            "size of population \"excitatory\" is 0: give one neuron or more",
        ),
        (
            "record.excitatory:states.every=0",
            "every of a record of \"excitatory\" is 0: give a finite time",
        ),
        (
            "poisson.excitatory.rate=-1",
            "rate of poisson \"excitatory\" is -1",
        ),
        (
            "population.excitatory.initial_currents={ fast = nan }",
            "initial_currents.fast of population \"excitatory\" is NaN",
        ),
        (
            "projection.excitatory->inhibitory.target=[\"inhibitory\", \"inhibitory\"]",
            "a list has \"inhibitory\" twice; name each once",
        ),
    ] {
        assert_refused(&["simulate", &file, "--set", setting], message)?;
    }
    for (setting, message) in [
        (
            "neuron.threshold=-1",
            "neuron.threshold is -1: give a threshold above zero",
        ),
        (
            "neuron.reset_to=2",
            "neuron.reset_to is 2: keep it below neuron.threshold, 1",
        ),
    ] {
        assert_refused(
            &[
                "train", "iris", "--engine", "cpu", "--set", setting, "--out", "none",
            ],
            message,
        )?;
    }
    Ok(())
}
