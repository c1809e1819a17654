//! Engines and devices on the command line, with a driver and without.

use super::{TestResult, assert_refused, case_path, spikefront};
#[cfg(target_os = "linux")]
use super::{command, text};

#[test]
#[cfg(target_os = "linux")]
fn a_machine_without_a_driver_says_what_to_do() -> TestResult {
    let case = case_path("random-28.json");
    let without_driver = |arguments: &[&str]| {
        let mut command = command(arguments);
        let nowhere = "/nonexistent/driver.json";
        command.env("VK_DRIVER_FILES", nowhere);
        command.env("VK_ICD_FILENAMES", nowhere).output()
    };
    for command in ["jacobian", "check"] {
        let output = without_driver(&[command, &case, "--engine", "gpu"])?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("install a Vulkan"), "{told}");
        assert!(told.contains("use the CPU engine (--engine cpu)"), "{told}");
    }
    let output = without_driver(&["devices"])?;
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout)?;
    assert!(
        told.contains("No GPU: commands compute on the CPU"),
        "{told}"
    );
    let folder = tempfile::tempdir()?;
    let out = text(folder.path());
    let output = without_driver(&["train", "xor", "--epochs", "1", "--out", &out])?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.starts_with("engine: cpu (auto: no GPU driver)\n"),
        "{told}"
    );
    Ok(())
}

#[test]
fn devices_are_listed_whether_or_not_there_are_any() -> TestResult {
    let output = spikefront(&["devices"])?;
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout)?;
    assert!(
        told.contains("--engine auto computes on") || told.contains("No GPU"),
        "{told}"
    );
    Ok(())
}

#[test]
fn options_of_a_gpu_are_refused_where_they_mean_nothing() -> TestResult {
    let case = case_path("random-28.json");
    let refused = |options: &[&str], message: &str| {
        let arguments = [&["jacobian", case.as_str()], options].concat();
        assert_refused(&arguments, message)
    };
    refused(
        &["--engine", "cpu", "--adapter", "0"],
        "--adapter is 0: it is for a GPU",
    )?;
    refused(
        &["--engine", "cpu", "--memory", "9"],
        "--memory is 9: it is for a GPU",
    )?;
    refused(&["--adapter", "99"], "adapter is 99")?;
    refused(&["--engine", "gpu", "--adapter", "99"], "adapter is 99")?;
    refused(&["--engine", "gpu", "--memory", "0"], "--memory")
}
