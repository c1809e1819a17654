//! `jacobian` and `check` on case files: exit codes, shapes of JSON, files.

use std::process::Stdio;

use serde_json::Value;
use spikefront::Method;
use spikefront::case::{Case, CaseResult};
use spikefront::cpu::CpuEngine;

use super::{TestResult, assert_refused, case_path, command, keys, spikefront, text};

#[test]
fn a_jacobian_in_json_reads_back_exactly() -> TestResult {
    for (name, has_delays) in [("random-28.json", true), ("random-33.json", false)] {
        let path = case_path(name);
        for (option, method) in [("forward", Method::Forward), ("adjoint", Method::Adjoint)] {
            let output = spikefront(&["jacobian", &path, "--engine", "cpu", "--method", option])?;
            assert_eq!(output.status.code(), Some(0));
            assert!(output.stderr.is_empty());
            let printed = String::from_utf8(output.stdout)?;
            let value: Value = serde_json::from_str(&printed)?;
            assert_eq!(keys(&value), ["grazing_spikes", "jacobian", "spikes"]);
            assert_eq!(keys(&value["spikes"][0]), ["neuron", "time"]);
            let mut groups = vec!["input_times", "thresholds", "weights"];
            if has_delays {
                groups.insert(0, "delays");
            }
            assert_eq!(keys(&value["jacobian"]), groups);
            let back = CaseResult::from_json(&printed, "output")?;
            assert_eq!(back, Case::read(&path)?.run(&CpuEngine::new(), method)?);
        }
    }
    Ok(())
}

#[test]
fn the_automatic_engine_names_itself_beside_the_output() -> TestResult {
    let output = spikefront(&["jacobian", &case_path("random-28.json")])?;
    assert_eq!(
        String::from_utf8(output.stderr)?,
        "engine: cpu (auto: exact to f64)\n"
    );
    serde_json::from_slice::<Value>(&output.stdout)?;
    Ok(())
}

#[test]
fn an_output_file_is_whole_or_untouched() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("jacobian.json");
    let (case, path) = (case_path("random-28.json"), text(&file));
    let output = spikefront(&["jacobian", &case, "--output", &path])?;
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let written = std::fs::read_to_string(&file)?;
    CaseResult::from_json(&written, "file")?;
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, "{}")?;
    assert_refused(
        &["jacobian", &text(&bad), "--output", &path],
        "missing field",
    )?;
    assert_eq!(std::fs::read_to_string(&file)?, written);
    let nowhere = text(&folder.path().join("no/such/folder.json"));
    let arguments = ["jacobian", &case, "--engine", "cpu", "--output", &nowhere];
    assert_refused(&arguments, "failed to write")?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 2);
    Ok(())
}

#[test]
fn check_tells_agreement_from_disagreement() -> TestResult {
    let path = case_path("random-28.json");
    let output = spikefront(&["check", &path])?;
    let printed = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(0), "{printed}");
    for word in [
        "7 spikes",
        "forward/adjoint",
        "adjoint/differences",
        "forward/expected",
        "input_times",
        "agree: ",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    assert!(!printed.contains("DISAGREE"));

    let strict = spikefront(&["check", &path, "--tolerance", "1e-30"])?;
    assert_eq!(strict.status.code(), Some(1));
    assert!(String::from_utf8(strict.stdout)?.contains("DISAGREE: "));

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("wrong.json");
    let good = std::fs::read_to_string(&path)?;
    for (right, wrong) in [
        ("0.9426887275", "0.9426887295"),
        ("5.6855727816", "5.6855727916"),
    ] {
        std::fs::write(&file, good.replacen(right, wrong, 1))?;
        let output = spikefront(&["check", &text(&file)])?;
        let printed = String::from_utf8(output.stdout)?;
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains("<-- DISAGREES"), "{printed}");
    }
    Ok(())
}

#[test]
fn a_reader_that_goes_away_is_no_error() -> TestResult {
    let mut child = command(&["jacobian", &case_path("random-30.json"), "--engine", "cpu"])
        .stdout(Stdio::piped())
        .spawn()?;
    drop(child.stdout.take());
    assert_eq!(child.wait()?.code(), Some(0));
    Ok(())
}
