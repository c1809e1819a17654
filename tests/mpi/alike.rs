//! Processes that were not asked the same, or for what they cannot share.

use std::process::{Command, Stdio};

use crate::started::{ended, run};

const SMALL: [&str; 4] = ["simulate", "cuba", "--scale", "0.05"];

/// What two processes tell, of which the second has arguments more; whether they succeed.
fn told(second: &[&str]) -> (String, bool) {
    let program = env!("CARGO_BIN_EXE_spikefront");
    let mut command = Command::new("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", "1"]);
    command.arg(program).args(SMALL).args([":", "-n", "1"]);
    command.arg(program).args(SMALL).args(second);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = ended(child.expect("mpirun is there: Debian's openmpi-bin"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (told, output.status.success())
}

#[test]
fn another_network_or_other_options_are_told() {
    assert!(told(&[]).1, "a control: they are asked the same");
    for other in [
        ["--seed", "1"],
        ["--from", "7"],
        ["--duration", "900"],
        ["--window", "0.05"],
    ] {
        let (told, is_well) = told(&other);
        let error = "rank 1: its network, options or saved run are not those of rank 0";
        assert!(
            !is_well && told.matches(error).count() == 1,
            "{other:?}: {told}"
        );
        assert!(!told.contains("panicked"), "{other:?}: {told}");
    }
}

#[test]
fn an_error_of_one_alone_ends_all() {
    let (told, is_well) = told(&["--bogus"]);
    let error = "error: unexpected argument '--bogus'";
    assert!(!is_well && told.matches(error).count() == 1, "{told}");
}

#[test]
fn what_is_not_shared_or_wrong_is_told_once() {
    for (arguments, error) in [
        (
            &["devices"][..],
            "error: this command in 3 processes is not available",
        ),
        (
            &["train", "--bogus"],
            "error: unexpected argument '--bogus'",
        ),
        (
            &["train", "iris", "--threads", "0"],
            "error: invalid value '0'",
        ),
    ] {
        let output = run(3, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
        assert!(told.contains(error), "{told}");
    }
}
