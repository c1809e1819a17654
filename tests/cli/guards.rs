//! What bounds an answer on the command line: the slope floor, told of in a sentence, and the spike budget.

use serde_json::Value;
use spikefront::case::{Case, CaseResult, Comparison};

use super::workloads::feed_forward;
use super::{TestResult, assert_refused, case_path, fault, spikefront, text};

#[test]
fn the_jacobian_of_a_small_threshold_is_exact_and_says_so() -> TestResult {
    let path = fault("exactness/slope-floor-silent.json");
    let case = Case::read(&path)?;
    let expected = case.expected().expect("the case says what it gives");
    for method in ["forward", "adjoint"] {
        let output = spikefront(&["jacobian", &path, "--engine", "cpu", "--method", method])?;
        assert!(output.stderr.is_empty());
        let printed = String::from_utf8(output.stdout)?;
        let value: Value = serde_json::from_str(&printed)?;
        assert_eq!(value["grazing_spikes"], 0);
        let found = CaseResult::from_json(&printed, "output")?;
        assert!(Comparison::new(&found, expected)?.largest_relative() < 1e-11);
    }
    Ok(())
}

/// A peak that is the threshold to nine digits: its spike's slope is some 1e-5 of the scale.
#[test]
fn grazing_spikes_are_counted_and_explained() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("grazing.json");
    // The peak of exp(-t/5) on 20 ms is 4^(-1/3) 5 = 3.149802624737183 per unit of weight.
    let weight = (1.0 + 1e-12) / 3.149_802_624_737_183;
    let case = format!(
        r#"{{"inputs": 1, "end": 30.0, "input_spikes": [[1.0]],
            "neurons": [{{"tau_membrane": 20.0, "tau_synapse": 5.0, "threshold": 1.0, "reset": {{"kind": "soft"}}}}],
            "synapses": [{{"source": {{"input": 0}}, "target": 0, "weight": {weight:?}, "delay": 0.0}}]}}"#
    );
    std::fs::write(&path, case)?;
    let path = text(&path);
    let output = spikefront(&["jacobian", &path, "--engine", "cpu"])?;
    let value: Value = serde_json::from_slice(&output.stdout)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(value["grazing_spikes"], 1, "{value}");
    assert!(told.starts_with("1 spike is grazing: it reaches"), "{told}");
    let output = spikefront(&["check", &path, "--engine", "cpu"])?;
    let told = String::from_utf8(output.stdout)?;
    assert!(told.contains("1 spike is grazing: it reaches"), "{told}");
    Ok(())
}

#[test]
fn commands_set_the_spike_budget_and_name_their_option() -> TestResult {
    let case = case_path("random-28.json");
    for command in ["jacobian", "check"] {
        let arguments = [command, &case, "--engine", "cpu", "--spike-budget"];
        let told = "lower the drive and the weights (--spike-budget N sets it)";
        assert_refused(&[&arguments[..], &["1"]].concat(), told)?;
        assert_refused(&[&arguments[..], &["0"]].concat(), "spike-budget")?;
        let output = spikefront(&[&arguments[..], &["1000"]].concat())?;
        assert_eq!(output.status.code(), Some(0));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    feed_forward(&path, 30.0)?;
    let path = text(&path);
    let bench = [
        "bench",
        "workload",
        &path,
        "--engine",
        "cpu",
        "--spike-budget",
        "1",
    ];
    assert_refused(&bench, "more than 1 spikes")?;
    let out = text(&folder.path().join("run"));
    let train = [
        "train", "xor", "--epochs", "1", "--engine", "cpu", "--out", &out,
    ];
    assert_refused(
        &[&train[..], &["--spike-budget", "1"]].concat(),
        "(--spike-budget N",
    )?;
    assert_refused(
        &[&train[..], &["--set", "spike_budget=1", "--overwrite"]].concat(),
        "more than 1 spikes",
    )
}

#[test]
fn a_workload_whose_weights_overflow_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    for (weight, message) in [
        (1e300, "weight[0] is"),
        (1e8, "fired more than 1000000 spikes"),
    ] {
        feed_forward(&path, weight)?;
        let bench = [
            "bench",
            "workload",
            &text(&path),
            "--engine",
            "cpu",
            "--threads",
            "1",
        ];
        assert_refused(&bench, message)?;
    }
    Ok(())
}
