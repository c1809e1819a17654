//! The two engines set against each other on the command line.

use spikefront::ErrorKind;
use spikefront::gpu::{GpuEngine, GpuOptions};

use super::{TestResult, assert_refused, case_path, spikefront, text};

/// Whether there is an adapter; none is a failure where `SPIKEFRONT_REQUIRE_GPU=1` says there must be one.
fn has_adapter() -> bool {
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
        "1 samples fire the same",
        "gradient, adjoint",
        "gradient, forward",
        "\nagree\n",
    ] {
        assert!(printed.contains(word), "{printed} lacks {word}");
    }
    assert!(std::fs::read_to_string(out)?.contains("GPU gradient, f32"));
    Ok(())
}

#[test]
fn what_is_neither_a_case_nor_a_task_is_refused() -> TestResult {
    assert_refused(
        &["compare", "nonesuch"],
        "task is \"nonesuch\": choose one of xor",
    )?;
    assert_refused(&["compare", "xor", "--samples", "0"], "samples is 0")
}
