//! Results of a run that has ended stay until others have come to an end, and folders are of one kind.

use std::path::Path;
use std::time::Duration;

use spikefront::train::Checkpoint;

use super::train::{Files, files, result, succeeds};
use super::{TestResult, assert_refused, command, spikefront, start, text};

const IRIS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/data/iris.csv");

/// The files of a folder but for its lock.
fn without_lock(folder: &Path) -> Result<Files, Box<dyn std::error::Error>> {
    let mut all = files(folder)?;
    all.retain(|(name, _)| name != "run.lock");
    Ok(all)
}

#[test]
#[cfg(unix)]
fn a_simulation_that_is_stopped_leaves_the_results_of_one_that_has_ended() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let simulate = [
        "simulate",
        "cuba",
        "--scale",
        "0.1",
        "--threads",
        "1",
        "--out",
        &out,
    ];
    let stopped = |signal: &str, code: i32| -> Result<String, Box<dyn std::error::Error>> {
        let long = ["--duration", "1e8", "--from", "1"];
        let child = start(&[&simulate[..], &long].concat())?;
        std::thread::sleep(Duration::from_millis(1500));
        super::stop(child, (signal, code), Duration::from_secs(5))
    };
    // What it has come to is written where nothing is, and in the place of its like.
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let told = stopped(signal, code)?;
        assert!(
            told.contains("stopped at ") && !told.contains("keeps them"),
            "{told}"
        );
        let summary = std::fs::read_to_string(run.join("summary.json"))?;
        assert!(summary.contains("\"stopped\": true"), "{summary}");
    }
    succeeds(&[&simulate[..], &["--duration", "50"]].concat())?;
    let before = without_lock(&run)?;
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let told = stopped(signal, code)?;
        assert!(told.contains("has ended, and keeps them"), "{told}");
        assert!(without_lock(&run)? == before, "{signal}");
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_training_that_is_stopped_leaves_the_results_of_one_that_has_ended() -> TestResult {
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let out = text(&run);
    let train = [
        "train",
        "yin-yang",
        "--engine",
        "cpu",
        "--threads",
        "1",
        "--out",
        &out,
    ];
    succeeds(&[&train[..], &["--epochs", "1", "--seed", "1"]].concat())?;
    let before = without_lock(&run)?;
    let child = start(&[&train[..], &["--epochs", "500", "--seed", "2"]].concat())?;
    let checkpoint = run.join("checkpoint.safetensors");
    while Checkpoint::read(&checkpoint)?.experiment.seed == 1 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = super::stop(child, ("-TERM", 143), Duration::from_secs(3))?;
    let previous = run.join("previous");
    assert!(
        told.contains(&format!(
            "the results of the run before are in {}",
            previous.display()
        )),
        "{told}"
    );
    assert!(files(&previous)? == before);
    // A second one that is stopped, or given up, does not take their place; one that ends does.
    let shorter = [&train[..], &["--epochs", "2", "--seed", "3", "--overwrite"]].concat();
    let broken = command(&shorter)
        .env("SPIKEFRONT_BREAK_WRITES", "stop:60")
        .output()?;
    assert_eq!(broken.status.code(), Some(86));
    assert!(files(&previous)? == before);
    succeeds(&shorter)?;
    assert!(!previous.exists());
    Ok(())
}

#[test]
fn a_folder_holds_a_training_or_a_simulation() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [training, simulation] = ["a", "b"].map(|name| text(&folder.path().join(name)));
    let train = ["train", "xor", "--engine", "cpu", "--epochs", "1", "--out"];
    let simulate = [
        "simulate",
        "cuba",
        "--scale",
        "0.05",
        "--duration",
        "20",
        "--out",
    ];
    spikefront(&[&train[..], &[&training]].concat())?;
    succeeds(&[&simulate[..], &[&simulation]].concat())?;
    let before = [files(Path::new(&training))?, files(Path::new(&simulation))?];
    assert_refused(
        &[&simulate[..], &[&training]].concat(),
        "the results of a training are there (checkpoint.safetensors): name another folder",
    )?;
    let message = "the results of a simulation are there (rates.svg): name another folder";
    assert_refused(&[&train[..], &[&simulation]].concat(), message)?;
    assert_refused(
        &[&train[..], &[&simulation, "--seeds", "0-1"]].concat(),
        message,
    )?;
    assert!(before == [files(Path::new(&training))?, files(Path::new(&simulation))?]);
    Ok(())
}

#[test]
fn a_run_goes_on_with_data_that_were_moved() -> TestResult {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let (here, there, other) = (at("here.csv"), at("there.csv"), at("other.csv"));
    std::fs::copy(IRIS, &here)?;
    let whole = std::fs::read_to_string(IRIS)?;
    std::fs::write(&other, whole.replacen("5.1", "5.2", 1))?;
    let [left, straight] = ["left", "straight"].map(at);
    let train = |out: &Path| {
        let (data, out) = (text(&here), text(out));
        let arguments = [
            "train",
            "features",
            "--data",
            &data,
            "--engine",
            "cpu",
            "--epochs",
            "3",
            "--out",
            &out,
            "--checkpoint-every",
            "0",
        ];
        arguments.map(String::from).to_vec()
    };
    let strings =
        |arguments: &[String]| command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(strings(&train(&straight)).status()?.success());
    let broken = strings(&train(&left))
        .env("SPIKEFRONT_BREAK_WRITES", "stop:60")
        .output()?;
    assert_eq!(broken.status.code(), Some(86));
    std::fs::rename(&here, &there)?;
    let resume = ["train", "--resume", &text(&left)];
    assert_refused(&resume, "the run's data (--data says where they are now)")?;
    let with = |data: &Path| {
        [&resume[..], &["--data"]]
            .concat()
            .into_iter()
            .map(String::from)
            .chain([text(data)])
            .collect::<Vec<_>>()
    };
    let (wrong, right) = (with(&other), with(&there));
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    assert_refused(&wrong, "set of samples")?;
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    succeeds(&right)?;
    assert_eq!(result(&left)?, result(&straight)?);
    // It knows where they are from now on.
    std::fs::remove_file(left.join("summary.json"))?;
    succeeds(&resume)?;
    Ok(())
}

/// The arguments of a short training into a folder.
fn short<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let train = ["train", "xor", "--engine", "cpu", "--epochs", "1", "--out"];
    [&train[..], &[out], more].concat()
}

/// What cannot be trained is known before the folder of a run is touched.
#[test]
fn a_refused_training_leaves_the_folder_as_it_was() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [ended, fresh] = ["ended", "fresh"].map(|name| folder.path().join(name));
    let [ended_name, fresh_name] = [text(&ended), text(&fresh)];
    succeeds(&short(&ended_name, &[]))?;
    let before = without_lock(&ended)?;
    for (setting, told) in [
        ("duration=-5", "duration is -5"),
        ("duration=nan", "duration is NaN"),
        ("duration=0.5", "input spikes come until"),
        ("guards.slope_floor=-1", "slope_floor is -1"),
        ("guards.slope_floor=inf", "slope_floor is inf"),
        ("spike_budget=0", "spike_budget is 0"),
        ("layers.0.weight_mean=1e200", "weight"),
    ] {
        for out in [&ended_name, &fresh_name] {
            assert_refused(&short(out, &["--set", setting]), told)?;
        }
        assert!(without_lock(&ended)? == before, "{setting}");
        assert!(!fresh.exists(), "{setting}");
    }
    // The comparison can tell.
    succeeds(&short(&ended_name, &["--seed", "3"]))?;
    assert!(without_lock(&ended)? != before);
    Ok(())
}

#[test]
fn a_run_that_has_ended_is_left_as_it_is() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [run, sweep] = ["run", "sweep"].map(|name| folder.path().join(name));
    let train = ["train", "iris", "--engine", "cpu", "--epochs", "2", "--out"];
    succeeds(&[&train[..], &[&text(&run)]].concat())?;
    succeeds(&[&train[..], &[&text(&sweep), "--seeds", "0-1"]].concat())?;
    // A file that is written anew is another one.
    let times = |folder: &Path| -> Result<Vec<_>, Box<dyn std::error::Error>> {
        let mut all = Vec::new();
        for (name, _) in without_lock(folder)? {
            let changed = std::fs::metadata(folder.join(&name))?.modified()?;
            all.push((name, changed));
        }
        Ok(all)
    };
    let before = times(&run)?;
    for more in [&[][..], &["--epochs", "2"]] {
        let output = succeeds(&[&["train", "--resume", &text(&run)], more].concat())?;
        assert!(
            String::from_utf8(output.stderr)?.contains("the run has ended, and stays as it is")
        );
        assert!(String::from_utf8(output.stdout)?.contains("after 2 epochs"));
        assert_eq!(times(&run)?, before);
    }
    let lists = |name: &str| std::fs::metadata(sweep.join(name)).and_then(|file| file.modified());
    let before = [lists("sweep.json")?, lists("sweep.csv")?];
    succeeds(&["train", "--resume", &text(&sweep)])?;
    assert_eq!([lists("sweep.json")?, lists("sweep.csv")?], before);
    succeeds(&["train", "--resume", &text(&run), "--epochs", "3"])?;
    assert!(times(&run)?.iter().any(|(name, _)| name == "summary.json"));
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_simulation_goes_on_in_the_folder_that_it_began_with() -> TestResult {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| text(&folder.path().join(name));
    let (out, saved) = (at("run"), at("saved"));
    let run = [
        "simulate",
        "cuba",
        "--scale",
        "0.1",
        "--threads",
        "1",
        "--duration",
        "1e6",
    ];
    let child = start(&[&run[..], &["--out", &out, "--checkpoint", &saved]].concat())?;
    std::thread::sleep(Duration::from_millis(1500));
    super::stop(child, ("-INT", 130), Duration::from_secs(5))?;
    assert_refused(
        &[&run[..], &["--resume", &saved]].concat(),
        &format!("the run that is resumed writes into {out}: give --out {out}"),
    )
}

#[test]
fn a_folder_in_which_another_simulation_writes_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(folder.path());
    let simulate = ["simulate", "cuba", "--scale", "0.05", "--duration", "5"];
    let simulate = [&simulate[..], &["--out", &out]].concat();
    let other = spikefront::files::FolderLock::take(folder.path())?;
    let holder = format!("process {} writes there", std::process::id());
    assert_refused(&simulate, &holder)?;
    drop(other);
    succeeds(&simulate)?;
    Ok(())
}
