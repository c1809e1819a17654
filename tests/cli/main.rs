//! The command line from outside: exit codes, messages, files, shapes of JSON.

#![cfg(feature = "cli")]

mod after;
mod broken_off;
mod compare;
mod documents;
mod engines;
mod features;
mod guards;
mod help;
mod keeping;
mod limits;
mod mistakes;
mod newcomers;
#[cfg(feature = "hdf5")]
mod nir;
mod own_networks;
mod predicted;
mod processes;
mod results_stay;
mod settings;
mod side_by_side;
mod simulate;
mod simulation_files;
mod spikes;
mod strange_files;
mod sweeps;
mod train;
mod wrong_files;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use ndarray::{Array1, Array2, array};
use ndarray_npy::NpzWriter;
use serde_json::Value;
use spikefront::Method;
use spikefront::case::{Case, CaseResult};
use spikefront::cpu::CpuEngine;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikefront"));
    command.args(arguments);
    command
}

/// Starts the program, to be stopped later.
fn start(arguments: &[&str]) -> std::io::Result<Child> {
    let mut command = command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
}

fn spikefront(arguments: &[&str]) -> std::io::Result<Output> {
    command(arguments).output()
}

fn case_path(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    folder.join(name).display().to_string()
}

/// What testers broke an earlier version with.
fn fault(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    folder.join(name).display().to_string()
}

/// Sends a program a signal (`-INT` is Ctrl-C's); what it tells on standard error once it has ended, which it does in time
/// and with the given code.
#[cfg(unix)]
fn stop(
    child: std::process::Child,
    (signal, code): (&str, i32),
    within: std::time::Duration,
) -> Result<String, Box<dyn std::error::Error>> {
    let asked = std::time::Instant::now();
    let id = child.id().to_string();
    let kill = Command::new("kill").args([signal, &id]).status()?;
    assert!(kill.success());
    let output = child.wait_with_output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(asked.elapsed() < within, "{:?}", asked.elapsed());
    Ok(told)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Fails with exit code 2 and one line on standard error that contains `message`.
fn assert_refused(arguments: &[&str], message: &str) -> TestResult {
    let output = spikefront(arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert!(told.contains(message), "{told:?} lacks {message:?}");
    assert!(told.contains("error: "), "{told:?}");
    assert!(!told.contains("panicked"), "{told}");
    Ok(())
}

#[test]
fn bad_usage_is_an_error_and_help_is_not() -> TestResult {
    assert_refused(&["jacobian"], "CASE")?;
    assert_refused(&["jacobian", "x.json", "--engine", "abacus"], "abacus")?;
    assert_refused(&["check", "x.json", "--tolerance", "-1"], "above zero")?;
    assert_refused(&["check", "x.json", "--tolerance", "NaN"], "above zero")?;
    assert_refused(&["bench", "workload", "x.npz", "--repeats", "0"], "repeats")?;
    assert_refused(&["bench", "workload", "x.npz", "--threads", "0"], "threads")?;
    assert_refused(&["fly"], "fly")?;
    assert_eq!(spikefront(&[])?.status.code(), Some(2));
    assert_eq!(spikefront(&["--help"])?.status.code(), Some(0));
    assert_eq!(spikefront(&["--version"])?.status.code(), Some(0));
    Ok(())
}

#[test]
fn bad_files_are_refused_by_name() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("case.json");
    let path = text(&file);
    let missing = text(&folder.path().join("missing.json"));
    for command in ["jacobian", "check"] {
        assert_refused(&[command, &missing], "failed to read")?;
        assert_refused(&[command, &text(folder.path())], "failed to read")?;
        std::fs::write(&file, "{\"inputs\": 1,")?;
        assert_refused(&[command, &path], "case.json: EOF while parsing")?;
        let good = std::fs::read_to_string(case_path("random-28.json"))?;
        std::fs::write(&file, good.replacen("\"target\": 0", "\"target\": 7", 1))?;
        assert_refused(&[command, &path], "synapses[0].target is 7")?;
        std::fs::write(&file, good.replacen("\"end\"", "\"End\"", 1))?;
        assert_refused(&[command, &path], "unknown field `End`")?;
    }
    assert_refused(&["bench", "workload", &missing], "failed to open")?;
    assert_refused(&["bench", "workload", &path], "not a .npz archive")?;
    Ok(())
}

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

/// A feed-forward workload of one input, one hidden neuron and two outputs.
fn feed_forward(path: &Path, w1: f64) -> TestResult {
    let mut file = NpzWriter::new_compressed(std::fs::File::create(path)?);
    file.add_array("t", &array![[1.0], [4.0]])?;
    file.add_array("label", &array![0_i64, 1])?;
    file.add_array("W1", &array![[w1]])?;
    file.add_array("W2", &array![[30.0, 25.0]])?;
    file.finish()?;
    Ok(())
}

/// A recurrent workload of one input, one hidden neuron and two readouts.
fn recurrent(path: &Path, w_in: f64) -> TestResult {
    let mut file = NpzWriter::new_compressed(std::fs::File::create(path)?);
    let events: Array2<f64> = array![[0.0, 0.0, 1.0], [0.0, 0.0, 9.0], [1.0, 0.0, 5.0]];
    file.add_array("ev", &events)?;
    file.add_array("label", &Array1::from(vec![1_i64, 0]))?;
    file.add_array("Win", &array![[w_in]])?;
    file.add_array("Wr", &array![[2.0]])?;
    file.add_array("Wo", &array![[1.0, -0.5]])?;
    file.finish()?;
    Ok(())
}

fn bench(path: &Path, method: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let path = text(path);
    let mut arguments = vec!["bench", "workload", &path, "--json", "--repeats", "2"];
    arguments.extend(["--threads", "1", "--engine", "cpu", "--method", method]);
    let output = spikefront(&arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// With one hidden neuron and one input the norm of the gradient is the loss's slope.
#[test]
fn a_workload_reports_the_gradient_of_the_file_s_own_weights() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    type Write = fn(&Path, f64) -> TestResult;
    let kinds: [(Write, f64, &str, &[&str]); 2] = [
        (feed_forward, 30.0, "W1", &["W1", "W2"]),
        (recurrent, 25.0, "Win", &["Win", "Wo", "Wr"]),
    ];
    for (write, weight, name, names) in kinds {
        let step = 1e-4 * weight;
        let loss = |weight: f64| -> Result<f64, Box<dyn std::error::Error>> {
            write(&path, weight)?;
            Ok(bench(&path, "adjoint")?["loss"].as_f64().expect("a number"))
        };
        let slope = (loss(weight + step)? - loss(weight - step)?) / (2.0 * step);
        write(&path, weight)?;
        for method in ["forward", "adjoint"] {
            let report = bench(&path, method)?;
            assert_eq!(
                keys(&report),
                [
                    "engine",
                    "gradient_ms",
                    "gradient_norms",
                    "grazing_spikes",
                    "hidden_spikes",
                    "loss",
                    "method",
                    "peak_memory_mb",
                    "simulate_ms",
                    "step_ms",
                    "threads"
                ]
            );
            assert_eq!(keys(&report["step_ms"]), ["max", "median", "min"]);
            assert_eq!(keys(&report["gradient_norms"]), names);
            assert_eq!(report["method"], method);
            assert_eq!(report["threads"], 1);
            assert!(report["hidden_spikes"].as_u64() >= Some(2));
            let norm = report["gradient_norms"][name].as_f64().expect("a number");
            println!("{name} {method}: {norm} against {slope}");
            assert!(slope.abs() > 1e-6 && (norm / slope.abs() - 1.0).abs() < 1e-5);
        }
    }
    Ok(())
}

#[test]
fn a_workload_is_reported_for_people_as_well() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("w.npz");
    feed_forward(&path, 30.0)?;
    let output = spikefront(&["bench", "workload", &text(&path), "--repeats", "1"])?;
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout)?;
    for word in [
        "2 samples, cpu engine, adjoint",
        "median",
        "simulate",
        "|dL/dW2",
        "loss",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    Ok(())
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
