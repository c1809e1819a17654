//! A disk that is full on rank 0: all ranks end, and what was saved before is gone on with.

use std::time::{Duration, Instant};

use crate::started::{bytes, ended, program, succeed};

const RUN: [&str; 8] = [
    "simulate",
    "cuba",
    "--scale",
    "0.3",
    "--duration",
    "1500",
    "--threads",
    "1",
];
/// The step of writing from which on the disk is full: some checkpoints are written before.
const FULL: &str = "full:60";

#[test]
fn a_full_disk_on_rank_0_ends_all_and_leaves_the_former_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let [whole, out, saved] = ["whole", "run", "saved"].map(path);
    let [whole_name, out_name, saved_name] =
        [&whole, &out, &saved].map(|path| path.to_str().unwrap());
    succeed(2, &[&RUN[..], &["--out", whole_name]].concat());
    // After every window, however fast the machine is.
    let often = ["--checkpoint-every", "1e-9", "--out", out_name];
    let begin = [&RUN[..], &often, &["--checkpoint", saved_name]].concat();
    let mut command = program(3, &begin);
    // Ranks other than 0 write nothing.
    command.env("SPIKEFRONT_BREAK_WRITES", FULL);
    let begun = Instant::now();
    let output = ended(command.spawn().expect("mpirun is there"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(30), "it lingered");
    let errors = told.lines().filter(|line| line.contains("error: "));
    let errors: Vec<&str> = errors.collect();
    assert!(
        errors.len() == 1 && errors[0].contains("failed to write"),
        "{told}"
    );
    assert!(saved.exists(), "{told}");
    // The run was not at its end, so there is something to go on with.
    assert!(!out.join("spikes.npz").exists());
    let resume = [&RUN[..], &["--out", out_name, "--resume", saved_name]].concat();
    succeed(2, &resume);
    assert!(bytes(&out, "spikes.npz") == bytes(&whole, "spikes.npz"));
    assert!(!saved.exists());
    // The comparison can tell.
    let other = [&RUN[..], &["--seed", "1", "--out", out_name]].concat();
    succeed(2, &other);
    assert!(bytes(&out, "spikes.npz") != bytes(&whole, "spikes.npz"));
}
