//! The command line from outside: exit codes, messages, files, shapes of JSON.

#![cfg(feature = "cli")]

mod after;
mod broken_off;
mod cases;
mod compare;
mod documents;
mod engines;
mod features;
mod further;
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
#[cfg(unix)]
mod signals;
mod simulate;
mod simulation_files;
mod spikes;
mod strange_files;
mod sweeps;
mod train;
mod workloads;
mod wrong_files;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

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

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
