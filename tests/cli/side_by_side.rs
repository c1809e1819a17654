//! Runs of a sweep at once, in processes of one command or of many.

use std::path::Path;

use super::train::{result, succeeds};
use super::{TestResult, assert_refused, command, text};

const SWEEP: [&str; 10] = [
    "train",
    "iris",
    "--engine=cpu",
    "--epochs=2",
    "--set",
    "optimiser.learning_rate=0.001,0.02",
    "--seeds",
    "1-3",
    "--checkpoint-every=0",
    "--out",
];

/// The sweep's folder and the folders of its runs.
fn runs(folder: &Path) -> Vec<std::path::PathBuf> {
    let rates = ["0.001", "0.02"];
    let all = rates.iter().flat_map(|rate| {
        (1..=3).map(move |seed| format!("optimiser.learning_rate={rate}/seed-{seed}"))
    });
    all.map(|run| folder.join(run)).collect()
}

/// All of two sweeps but their wall-clock times.
fn assert_same(one: &Path, other: &Path) -> TestResult {
    for (one, other) in runs(one).iter().zip(runs(other)) {
        assert_eq!(result(one)?, result(&other)?, "{}", one.display());
    }
    // Without the column of seconds.
    let table = |folder: &Path| -> Result<Vec<Vec<String>>, Box<dyn std::error::Error>> {
        let csv = std::fs::read_to_string(folder.join("sweep.csv"))?;
        let names: Vec<&str> = csv.lines().next().ok_or("empty")?.split(',').collect();
        let seconds = names.iter().position(|&name| name == "seconds");
        let lines = csv.lines().map(|line| {
            let cells = line.split(',').enumerate();
            let cells = cells.filter(|(ix, _)| Some(*ix) != seconds);
            cells.map(|(_, cell)| cell.to_owned()).collect()
        });
        Ok(lines.collect())
    };
    assert_eq!(table(one)?, table(other)?);
    Ok(())
}

#[test]
fn runs_at_once_and_in_shares_are_those_in_turn() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [turn, jobs, shares] =
        ["turn", "jobs", "shares"].map(|name| text(&folder.path().join(name)));
    let with = |out: &str, more: &[&str]| {
        let arguments: Vec<String> = SWEEP.map(String::from).to_vec();
        let rest = [out].into_iter().chain(more.iter().copied());
        arguments
            .into_iter()
            .chain(rest.map(String::from))
            .collect::<Vec<String>>()
    };
    let run = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        succeeds(&arguments)
    };
    let in_turn = run(&with(&turn, &[]))?;
    let at_once = run(&with(&jobs, &["--jobs", "4"]))?;
    let table = |output: &std::process::Output| {
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        told.lines()
            .filter(|line| line.starts_with("| 0.0"))
            .count()
    };
    assert_eq!((table(&in_turn), table(&at_once)), (2, 2));
    let told = String::from_utf8(at_once.stderr)?;
    assert!(
        told.contains("optimiser.learning_rate=0.02/seed-3: "),
        "{told}"
    );
    assert_same(Path::new(&turn), Path::new(&jobs))?;
    // Both at the same moment.
    let halves = ["1/2", "2/2"].map(|share| {
        let mut half = command(&[]);
        half.args(with(&shares, &["--share", share]));
        let half = half.stdout(std::process::Stdio::null());
        half.stderr(std::process::Stdio::null()).spawn()
    });
    for half in halves {
        assert!(half?.wait()?.success());
    }
    assert_same(Path::new(&turn), Path::new(&shares))?;
    // Nothing is left to run; another sweep in the same folder is refused.
    let again = run(&with(&shares, &["--share", "1/2"]))?;
    assert!(!String::from_utf8(again.stderr)?.contains("run 1 of 6"));
    let mut other = with(&shares, &["--share", "1/2"]);
    other[5] = "optimiser.learning_rate=0.001,0.03".to_owned();
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    assert_refused(&other, "the settings with several values are others")
}

#[test]
fn a_share_alone_says_what_is_missing() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("third"));
    let arguments = [&SWEEP[..], &[&out, "--share", "2/3"]].concat();
    let told = String::from_utf8(succeeds(&arguments)?.stdout)?;
    assert!(told.contains("not ended yet: 4 of 6 runs"), "{told}");
    // What is missing comes with one command.
    let told = String::from_utf8(succeeds(&["train", "--resume", &out, "--jobs", "2"])?.stdout)?;
    assert!(!told.contains("not ended yet:"), "{told}");
    Ok(())
}

/// The same share twice at once: whoever comes second passes over what the first is at.
#[test]
fn a_run_that_another_process_is_at_is_passed_over() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(&folder.path().join("twice"));
    let arguments = [&SWEEP[..], &[&out, "--share", "1/1"]].concat();
    let both = [(); 2].map(|()| {
        let mut one = command(&arguments);
        one.stdout(std::process::Stdio::piped());
        one.stderr(std::process::Stdio::piped()).spawn()
    });
    for one in both {
        let output = one?.wait_with_output()?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
        let table = String::from_utf8(output.stdout)?;
        let missing = table
            .lines()
            .find_map(|line| line.strip_prefix("not ended yet: "));
        assert!(
            missing.is_none_or(|missing| missing.ends_with(" of 6 runs") && missing.len() < 12)
        );
    }
    // With nobody at it all is there.
    let told = String::from_utf8(succeeds(&arguments)?.stdout)?;
    assert!(!told.contains("not ended yet:"), "{told}");
    Ok(())
}

/// A set of values with which no run can begin, beside one with which all do.
#[test]
fn runs_that_cannot_begin_leave_the_others_their_table() -> TestResult {
    let folder = tempfile::tempdir()?;
    for jobs in ["1", "2"] {
        let out = text(&folder.path().join(jobs));
        let output = super::spikefront(&[
            "train",
            "iris",
            "--engine=cpu",
            "--epochs=1",
            "--set",
            "layers.0.size=5,0",
            "--seeds=0-1",
            "--jobs",
            jobs,
            "--out",
            &out,
        ])?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("2 of 4 runs failed: "), "{told}");
        let table = String::from_utf8(output.stdout)?;
        assert!(table.contains("| 5 | 2 | "), "{table}");
    }
    Ok(())
}

#[test]
fn jobs_and_shares_of_one_run_are_refused() -> TestResult {
    for option in ["--jobs=2", "--share=1/2"] {
        let arguments = ["train", "iris", "--epochs", "1", option];
        assert_refused(&arguments, "it is for several runs")?;
    }
    assert_refused(
        &["train", "iris", "--seeds=0-1", "--share=3/2"],
        "write which share and how many there are",
    )
}

#[test]
#[cfg(unix)]
fn a_signal_reaches_all_runs_and_resume_goes_on() -> TestResult {
    use std::time::Duration;
    let folder = tempfile::tempdir()?;
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let longer = |out: &str| {
        let mut arguments = SWEEP.map(String::from).to_vec();
        arguments[3] = "--epochs=40".to_owned();
        arguments.push(out.to_owned());
        arguments.extend(["--jobs".to_owned(), "2".to_owned()]);
        arguments
    };
    assert!(
        command(&[])
            .args(longer(&text(&whole)))
            .output()?
            .status
            .success()
    );
    let mut child = command(&[]);
    child.args(longer(&text(&broken)));
    child.stdout(std::process::Stdio::null());
    let child = child.stderr(std::process::Stdio::piped()).spawn()?;
    let [_, second, ..] = &runs(&broken)[..] else {
        return Err("fewer runs".into());
    };
    while !second.join("metrics.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let told = super::stop(child, ("-TERM", 143), Duration::from_secs(3))?;
    assert!(
        told.contains("for all runs: spikefront train --resume"),
        "{told}"
    );
    // Nobody goes on in the background.
    let locked = runs(&broken).into_iter().filter(|run| run.exists());
    for run in locked {
        drop(spikefront::files::FolderLock::take(run)?);
    }
    succeeds(&["train", "--resume", &text(&broken), "--jobs", "2"])?;
    assert_same(&whole, &broken)
}

/// The script as a cluster would start it, task after task.
#[test]
#[cfg(unix)]
fn the_script_for_slurm_runs_a_sweep() -> TestResult {
    let folder = tempfile::tempdir()?;
    let script = format!("{}/examples/sweep.slurm", env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_spikefront"));
    let path = format!(
        "{}:{}",
        program.parent().ok_or("no folder")?.display(),
        std::env::var("PATH")?
    );
    let mut last = String::new();
    for task in ["1", "2"] {
        let output = std::process::Command::new("bash")
            .args([&script, "--epochs", "1"])
            .env("PATH", &path)
            .env("SWEEP", folder.path().join("sweep"))
            .env("SLURM_ARRAY_TASK_ID", task)
            .env("SLURM_ARRAY_TASK_COUNT", "2")
            .output()?;
        let told = String::from_utf8(output.stderr)?;
        assert!(matches!(output.status.code(), Some(0 | 1)), "{told}");
        last = String::from_utf8(output.stdout)?;
        assert_eq!(task == "2", !last.contains("not ended yet: 20 of 40 runs"));
    }
    assert!(last.contains("| 0.002 | 10 | 10 | "), "{last}");
    Ok(())
}
