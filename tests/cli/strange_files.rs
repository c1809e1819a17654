//! What is given as a file and is none: refused at once, in little memory.

use std::time::{Duration, Instant};

use super::{TestResult, assert_refused, text};

/// FIFOs that nobody writes to and devices that never end, for every command that reads a file.
#[test]
#[cfg(target_os = "linux")]
fn fifos_and_endless_devices_are_refused_at_once() -> TestResult {
    let folder = tempfile::tempdir()?;
    for kind in ["json", "npz", "toml"] {
        let fifo = folder.path().join(format!("fifo.{kind}"));
        let made = std::process::Command::new("mkfifo").arg(&fifo).status()?;
        assert!(made.success());
        let endless = folder.path().join(format!("endless.{kind}"));
        std::os::unix::fs::symlink("/dev/zero", &endless)?;
        for path in [text(&fifo), text(&endless)] {
            let commands: &[&[&str]] = match kind {
                "json" => &[&["jacobian", &path], &["check", &path], &["compare", &path]],
                "npz" => &[&["bench", "workload", &path]],
                _ => &[&["train", &path]],
            };
            for command in commands {
                let began = Instant::now();
                assert_refused(command, "not a regular file")?;
                assert!(began.elapsed() < Duration::from_secs(10), "{command:?}");
            }
        }
    }
    Ok(())
}

/// A case may still come through what only looks like a device.
#[test]
#[cfg(target_os = "linux")]
fn a_file_as_standard_input_is_read() -> TestResult {
    let file = std::fs::File::open(super::case_path("random-28.json"))?;
    let output = super::command(&["jacobian", "/dev/stdin"])
        .stdin(file)
        .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    Ok(())
}

/// Numbers in messages are as short as they can be read.
#[test]
fn a_message_has_no_hundreds_of_digits() -> TestResult {
    for (option, value) in [("--duration", "1e300"), ("--window", "1e-320")] {
        let output = super::spikefront(&["simulate", "cuba", "--scale", "0.1", option, value])?;
        let told = String::from_utf8(output.stderr)?;
        assert!(told.contains(value) && told.len() < 400, "{told}");
    }
    Ok(())
}
