//! What `--help` shows works when it is copied, and names that are nearly right are helped on.

use std::process::{Command, Output};

use super::compare::has_adapter;
use super::{TestResult, assert_refused, spikefront, text};

const COMMANDS: [&[&str]; 15] = [
    &[],
    &["jacobian"],
    &["check"],
    &["compare"],
    &["train"],
    &["evaluate"],
    &["predict"],
    &["simulate"],
    &["nir"],
    &["preset"],
    &["report"],
    &["devices"],
    &["bench", "workload"],
    &["bench", "networks"],
    &["bench", "large"],
];

fn help(command: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = spikefront(&[command, &["--help"]].concat())?;
    assert_eq!(output.status.code(), Some(0));
    Ok(String::from_utf8(output.stdout)?)
}

/// The lines of the example, as a reader would copy them.
fn example(help: &str) -> Option<String> {
    let mut lines = help.lines().skip_while(|line| !line.starts_with("Example"));
    lines.next()?;
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Runs lines of a shell in an empty folder, where `spikefront` is the program under test.
#[cfg(unix)]
fn shell(lines: &str) -> std::io::Result<Output> {
    let folder = tempfile::tempdir()?;
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_spikefront"));
    let programs = program.parent().map(text).unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-e", "-c", lines])
        .env("PATH", format!("{programs}:{path}"))
        .current_dir(folder.path())
        .output()
}

#[test]
#[cfg(unix)]
fn every_command_has_an_example_that_works() -> TestResult {
    for command in COMMANDS {
        let lines = example(&help(command)?).ok_or_else(|| format!("{command:?} has none"))?;
        assert!(lines.contains("  spikefront "), "{lines}");
        let needs_numpy = lines.contains("numpy");
        if needs_numpy && !shell("python3 -c 'import numpy'")?.status.success() {
            println!("left to the test of the arrays' names: no NumPy for {command:?}");
            continue;
        }
        if command == ["compare"] && !has_adapter() {
            continue;
        }
        let output = shell(&lines)?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(0), "{lines}\n{told}");
        assert!(!output.stdout.is_empty(), "{lines}");
    }
    assert!(
        !shell("spikefront jacobian no.json")?.status.success(),
        "a control"
    );
    Ok(())
}

#[test]
fn the_file_of_a_workload_is_described_by_the_names_that_are_read() -> TestResult {
    let help = help(&["bench", "workload"])?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("step.npz");
    let mut file = ndarray_npy::NpzWriter::new(std::fs::File::create(&path)?);
    let weights = |rows, columns| ndarray::Array2::from_elem((rows, columns), 8.0);
    file.add_array("t", &ndarray::Array2::from_elem((64, 5), 2.0))?;
    file.add_array("label", &ndarray::Array1::from_elem(64, 2_i64))?;
    file.add_array("W1", &weights(5, 100))?;
    file.add_array("W2", &weights(100, 3))?;
    file.finish()?;
    let arguments = [
        "bench",
        "workload",
        &text(&path),
        "--engine",
        "cpu",
        "--repeats",
        "1",
    ];
    assert_eq!(spikefront(&arguments)?.status.code(), Some(0));
    let example = example(&help).ok_or("an example")?;
    for name in ["t", "label", "W1", "W2"] {
        assert!(example.contains(&format!("{name}=g.")), "{name}: {example}");
    }
    for name in ["t", "label", "W1", "W2", "ev", "Win", "Wr", "Wo"] {
        assert!(help.contains(&format!("\n  {name} ")), "{name}: {help}");
    }
    Ok(())
}

#[test]
fn a_case_s_format_is_told_by_the_commands_that_read_one() -> TestResult {
    for command in ["jacobian", "check", "compare"] {
        let help = help(&[command])?;
        for member in [
            "tau_membrane",
            "refractory",
            "input_spikes",
            "expected",
            "dV/dt",
        ] {
            assert!(help.contains(member), "{command}: {member}");
        }
    }
    Ok(())
}

#[test]
fn defaults_are_those_of_the_command() -> TestResult {
    for command in &COMMANDS[1..] {
        let help = help(command)?;
        let of_experiment = help.matches("[default: the experiment's").count();
        assert_eq!(of_experiment > 0, command == &["train"], "{command:?}");
        assert!(!help.contains("in `train`"), "{command:?}");
    }
    assert!(help(&["jacobian"])?.contains("runaway [default: 100000]"));
    assert!(help(&["bench", "networks"])?.contains("runaway [default: 1000000]"));
    Ok(())
}

#[test]
fn unknown_names_are_told_the_nearest() -> TestResult {
    for (arguments, nearest) in [
        (&["train", "yin-yng"][..], "the nearest is yin-yang;"),
        (&["train", "MNIST"], "the nearest is mnist;"),
        (&["train", "iris.tml"], "the nearest is iris;"),
        (
            &["train", "iris", "--preset", "papr"],
            "the nearest is iris-paper;",
        ),
        (
            &["train", "iris", "--set", "loss.kind=mse"],
            "the nearest is `first_spike_square`",
        ),
        (
            &["train", "iris", "--set", "optimiser.lr=1"],
            "the nearest is `learning_rate`",
        ),
        (&["preset", "yinyang"], "the nearest is yin-yang;"),
        (&["preset", "cubba"], "the nearest is cuba;"),
        (&["compare", "yin-yng"], "the nearest is yin-yang;"),
        (&["simulate", "cubba"], "the nearest is cuba;"),
        (
            &["bench", "large", "--network", "brunell"],
            "the nearest is brunel;",
        ),
        (
            &[
                "bench",
                "networks",
                "--engines",
                "cpu",
                "--network",
                "recurent-128",
            ],
            "the nearest is recurrent-128;",
        ),
        (
            &["bench", "networks", "--engines", "cuda"],
            "the nearest is gpu;",
        ),
    ] {
        assert_refused(arguments, nearest)?;
    }
    // A control: what is near nothing is not guessed at.
    let output = spikefront(&["train", "heidelberg"])?;
    let told = String::from_utf8(output.stderr)?;
    assert!(
        told.contains("choose one of xor") && !told.contains("nearest"),
        "{told}"
    );
    Ok(())
}

#[test]
fn the_files_of_mnist_are_named_without_stray_commas() -> TestResult {
    assert_refused(
        &["train", "mnist", "--engine", "cpu"],
        "plain or with .gz (--data DIR)",
    )
}

#[test]
fn columns_are_explained_where_they_are_printed() -> TestResult {
    let arguments = ["simulate", "cuba", "--scale", "0.05", "--duration", "50"];
    let printed = String::from_utf8(spikefront(&arguments)?.stdout)?;
    for word in ["irregularity: ", "synchrony: ", "silent: "] {
        assert!(printed.contains(word), "{printed}");
    }
    Ok(())
}
