//! Trainings over processes: the results of one, wherever they were left and gone on with.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::killed::{children, signal};
use crate::started::{bytes, ended, program, run, succeed};

/// Small, and with all that a step may do.
const SMALL: [&str; 10] = [
    "train",
    "yin-yang",
    "--engine",
    "cpu",
    "--threads",
    "1",
    "--set",
    "layers.0.size=15",
    "--set",
    "guards.clip_norm=0.05",
];

/// What a run has come to but for how long it took.
fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for name in [
        "weights.npz",
        "experiment.toml",
        "training.svg",
        "confusion.svg",
        "raster.svg",
        "voltage.svg",
        "first-spikes.svg",
        "decision.svg",
    ] {
        all.push((name.to_owned(), bytes(folder, name)));
    }
    let without = |text: &[u8]| {
        let mut value: Value = serde_json::from_slice(text).unwrap();
        let fields = value.as_object_mut().unwrap();
        for name in [
            "seconds",
            "train_seconds",
            "samples_per_second",
            "peak_memory_mb",
            "ranks",
        ] {
            fields.remove(name);
        }
        value.to_string().into_bytes()
    };
    let metrics = bytes(folder, "metrics.jsonl");
    let lines = metrics.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty()).map(without);
    all.push(("metrics.jsonl".into(), lines.collect::<Vec<_>>().concat()));
    let summary = without(&bytes(folder, "summary.json"));
    all.push(("summary.json".into(), summary));
    all
}

/// Which files of two runs differ.
fn differing(one: &Path, other: &Path) -> Vec<String> {
    let pairs = results(one).into_iter().zip(results(other));
    let differ = pairs.filter(|(one, other)| one != other);
    differ.map(|((name, _), _)| name).collect()
}

fn trained(ranks: usize, folder: &Path, more: &[&str]) -> String {
    let mut arguments = SMALL.to_vec();
    arguments.extend(["--out", folder.to_str().unwrap()]);
    arguments.extend(more);
    succeed(ranks, &arguments)
}

#[test]
fn results_are_those_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    trained(1, &out("1"), &["--epochs", "2"]);
    for ranks in [2, 3] {
        let own = out(&ranks.to_string());
        let told = trained(ranks, &own, &["--epochs", "2"]);
        assert!(told.contains(&format!("{ranks} ranks: ")), "{told}");
        assert_eq!(told.matches("results in ").count(), 1, "{told}");
        assert_eq!(differing(&out("1"), &own), [""; 0]);
        let summary = bytes(&own, "summary.json");
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["ranks"]["ranks"], ranks);
        assert!(summary["ranks"]["exchanges"].as_u64() > Some(500));
    }
    // The comparison can tell: another seed draws other weights.
    trained(2, &out("other"), &["--epochs", "2", "--seed", "1"]);
    let differ = differing(&out("1"), &out("other"));
    assert!(
        ["weights.npz", "metrics.jsonl", "summary.json"]
            .iter()
            .all(|name| differ.iter().any(|other| other == name)),
        "{differ:?}"
    );
}

#[test]
fn a_run_goes_on_with_another_number_of_processes() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let constant = ["--set", "schedule=constant"];
    let whole = [&constant[..], &["--epochs", "3"]].concat();
    trained(1, &out("whole"), &whole);
    let left = [&constant[..], &["--epochs", "1"]].concat();
    trained(3, &out("left"), &left);
    for (ranks, epochs) in [(2, "2"), (1, "3")] {
        let place = out("left");
        let place = place.to_str().unwrap();
        let arguments = ["train", "--resume", place, "--epochs", epochs];
        succeed(ranks, &[&arguments[..], &["--threads", "1"]].concat());
    }
    assert_eq!(differing(&out("whole"), &out("left")), [""; 0]);
    // What has ended stays as it is, and is told of once.
    let place = out("left");
    let told = succeed(2, &["train", "--resume", place.to_str().unwrap()]);
    assert_eq!(told.matches("results in ").count(), 1, "{told}");
}

#[test]
fn what_cannot_be_shared_is_refused_once() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "a file, no folder").unwrap();
    let out = folder.path().join("run");
    let (taken, out) = (taken.to_str().unwrap(), out.to_str().unwrap());
    for (arguments, told) in [
        (&["--engine", "gpu", "--out", out][..], "use --engine cpu"),
        (&["--set", "engine=gpu", "--out", out], "use --engine cpu"),
        (
            &["--adapter", "0", "--out", out],
            "--adapter is 0: it is for a GPU",
        ),
        (
            &["--seeds", "0-1", "--out", out],
            "start them without mpirun",
        ),
        (
            &["--set", "batch_size=8,16", "--out", out],
            "start them without mpirun",
        ),
        (&["--jobs", "2", "--out", out], "--jobs is 2"),
        (&["--out", taken], "taken"),
        (&["--set", "layers.0.sise=3", "--out", out], "sise"),
        // In the middle of a step.
        (
            &["--spike-budget", "3", "--out", out],
            "fired more than 3 spikes",
        ),
    ] {
        let output = run(2, &[&["train", "xor"][..], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        let mut lines = error.lines().filter(|line| line.contains("error: "));
        let first = lines.next().unwrap_or_default();
        assert!(first.contains(told), "{arguments:?}: {error}");
        assert_eq!(lines.next(), None, "{error}");
    }
}

#[test]
fn a_full_disk_ends_all_with_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    // Files end at 16 KiB: there is room for a checkpoint of weights, and none for what an optimiser remembers after a step. MPI
    // shares no files then.
    let place = out.to_str().unwrap();
    let child = std::process::Command::new("mpirun")
        .args(["--allow-run-as-root", "--oversubscribe", "-n", "2"])
        .args(["--mca", "btl", "self,tcp"])
        .args(["sh", "-c", "trap '' XFSZ; ulimit -f 32; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_spikefront"))
        .args(["train", "yin-yang", "--set", "layers.0.size=120"])
        .args(["--epochs", "1", "--checkpoint-every", "0", "--out", place])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("mpirun is there: Debian's openmpi-bin");
    let output = ended(child);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{error}");
    let mut lines = error.lines().filter(|line| line.contains("error: "));
    let first = lines.next().unwrap_or_default();
    let told = "the checkpoint before is whole and can be gone on from";
    assert!(first.contains(told), "{error}");
    assert_eq!(lines.next(), None, "{error}");
    // It is that of the beginning.
    succeed(3, &["train", "--resume", place]);
}

#[test]
fn a_run_that_is_stopped_or_killed_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    trained(1, &out("whole"), &["--epochs", "2"]);
    for how in ["-TERM", "-KILL"] {
        let own = out(how);
        let place = own.to_str().unwrap();
        let mut arguments = SMALL.to_vec();
        arguments.extend(["--epochs", "2", "--checkpoint-every", "0", "--out", place]);
        let mut child = program(2, &arguments)
            .spawn()
            .expect("mpirun is there: Debian's openmpi-bin");
        let begun = Instant::now();
        while !own.join("checkpoint.safetensors").exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it has not begun"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(child.try_wait().unwrap().is_none(), "it was too fast");
        // The last of them is not the one that writes.
        signal(children(child.id()).pop().expect("there are two"), how);
        let begun = Instant::now();
        let output = ended(child);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && begun.elapsed() < Duration::from_secs(10));
        if how == "-TERM" {
            // As if the process that speaks had been asked itself.
            assert_eq!(output.status.code(), Some(143), "{told}");
        }
        let says = told.contains("stopped; to go on: spikefront train --resume");
        assert_eq!(says, how == "-TERM", "{told}");
        succeed(3, &["train", "--resume", place, "--threads", "1"]);
        assert_eq!(differing(&out("whole"), &own), [""; 0]);
    }
}
