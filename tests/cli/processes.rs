//! Processes that `mpirun` started, with a program that does not know MPI; tests/mpi has those with one that does.

#![cfg(not(feature = "mpi"))]

use std::process::Output;

use super::{TestResult, command};

/// A program as rank 0 of some processes, as one kind of starter or another tells it.
fn first_of(size: &str, names: [&str; 2], arguments: &[&str]) -> std::io::Result<Output> {
    let mut program = command(arguments);
    program.env(names[0], "0").env(names[1], size).output()
}

#[test]
fn several_that_cannot_share_their_work_are_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("run");
    let out = out.to_str().ok_or("a path that is text")?;
    for names in [
        ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
        ["PMI_RANK", "PMI_SIZE"],
    ] {
        let remedy = "build it with `--features mpi`";
        for arguments in [
            ["simulate", "cuba", "--out", out],
            ["train", "yin-yang", "--out", out],
        ] {
            let output = first_of("2", names, &arguments)?;
            let told = String::from_utf8(output.stderr)?;
            assert_eq!(output.status.code(), Some(2), "{told}");
            let what = "2 processes is not available: ";
            assert!(told.contains(what) && told.contains(remedy), "{told}");
            assert!(!folder.path().join("run").exists());
        }
        // One that is alone is not.
        let small = ["simulate", "cuba", "--scale", "0.05", "--duration", "5"];
        assert!(first_of("1", names, &small)?.status.success());
    }
    Ok(())
}
