//! The two engines set against each other on the command line.

use spikefront::ErrorKind;
use spikefront::gpu::{GpuEngine, GpuOptions};

#[cfg(target_os = "linux")]
use super::command;
use super::{TestResult, assert_refused, case_path, spikefront, text};

/// Whether there is an adapter; none is a failure where `SPIKEFRONT_REQUIRE_GPU=1` says there must be one.
pub fn has_adapter() -> bool {
    match GpuEngine::new(&GpuOptions::default()) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            let is_required = std::env::var("SPIKEFRONT_REQUIRE_GPU").is_ok_and(|v| v == "1");
            assert!(!is_required, "SPIKEFRONT_REQUIRE_GPU is 1: {error}");
            println!("skipped: {error}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn engines_agree_on_a_case_and_the_scatter_is_drawn() -> TestResult {
    if !has_adapter() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("scatter.svg");
    let output = spikefront(&["compare", &case_path("random-7.json"), "--out", &text(&out)])?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    let printed = String::from_utf8(output.stdout)?;
    for word in [
        "1 of 1 fire the same",
        "gradient, adjoint",
        "gradient, forward",
        "\nagree\n",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    assert!(std::fs::read_to_string(out)?.contains("GPU gradient, f32"));
    Ok(())
}

/// An arrival at a crossing, which single precision has on its other side.
#[test]
fn what_single_precision_cannot_tell_is_called_so() -> TestResult {
    if !has_adapter() {
        return Ok(());
    }
    let case = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/faults/exactness/lost-after-inhibition-vector.json"
    );
    let output = spikefront(&["compare", case])?;
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout)?;
    for word in [
        "0 of 1 fire the same; of 1 that do not, 1 are below the resolution",
        "sample 0: 1 and 1 spikes, up to 4.9e1 ms apart; a change by",
        "\nbelow the resolution of f32\n",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    Ok(())
}

#[test]
fn a_preset_and_methods_are_chosen() -> TestResult {
    if !has_adapter() {
        return Ok(());
    }
    for (method, adjoint, forward) in [
        ("both", true, true),
        ("forward", false, true),
        ("adjoint", true, false),
    ] {
        let arguments = [
            "compare",
            "xor",
            "--preset",
            "paper",
            "--samples",
            "4",
            "--method",
            method,
        ];
        let output = spikefront(&arguments)?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(0), "{told}");
        let printed = String::from_utf8(output.stdout)?;
        assert!(printed.starts_with("xor (paper), 4 samples: "), "{printed}");
        assert_eq!(printed.contains("gradient, adjoint"), adjoint, "{printed}");
        assert_eq!(printed.contains("gradient, forward"), forward, "{printed}");
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn without_an_adapter_no_option_is_named_that_it_lacks() -> TestResult {
    let nowhere = "/nonexistent/driver.json";
    let output = command(&["compare", "xor"])
        .env("VK_DRIVER_FILES", nowhere)
        .env("VK_ICD_FILENAMES", nowhere)
        .output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(output.stdout.is_empty());
    assert!(
        told.contains("no GPU driver") && told.contains("install a Vulkan"),
        "{told}"
    );
    let help = String::from_utf8(spikefront(&["compare", "--help"])?.stdout)?;
    let is_option = |word: &&str| word.starts_with("--");
    for option in told.split_whitespace().filter(is_option) {
        assert!(help.contains(option), "{told:?} names {option}");
    }
    Ok(())
}

#[test]
fn what_is_neither_a_case_nor_a_task_is_refused() -> TestResult {
    assert_refused(
        &["compare", "nonesuch"],
        "task is \"nonesuch\": choose one of xor",
    )?;
    assert_refused(&["compare", "xor", "--samples", "0"], "samples is 0")?;
    assert_refused(
        &["compare", "xor", "--preset", "mine"],
        "preset of xor is \"mine\": choose one of",
    )?;
    assert_refused(&["compare", "xor", "--method", "sideways"], "sideways")?;
    let case = case_path("random-7.json");
    assert_refused(
        &["compare", &case, "--preset", "paper"],
        "preset is \"paper\": a case has none",
    )
}
