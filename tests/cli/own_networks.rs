//! `simulate FILE.toml`, its presets, its settings, its records; runs saved and resumed.

use std::path::Path;

use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use serde_json::Value;

use crate::compare::has_adapter;
use crate::{TestResult, assert_refused, command, spikefront, text};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

fn succeeds(arguments: &[&str]) -> Done<String> {
    let output = spikefront(arguments)?;
    let told = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{arguments:?}: {told}");
    Ok(String::from_utf8(output.stdout)? + &told)
}

/// A file with the text of a preset.
fn preset(folder: &Path, name: &str) -> Done<String> {
    let path = folder.join(format!("{name}.toml"));
    let output = spikefront(&["preset", name])?;
    std::fs::write(&path, output.stdout)?;
    Ok(text(&path))
}

/// Times as their bits, and neurons.
fn spikes(folder: &Path) -> Done<(Vec<u64>, Vec<u32>)> {
    let mut file = NpzReader::new(std::fs::File::open(folder.join("spikes.npz"))?)?;
    let (times, neurons): (Array1<f64>, Array1<u32>) =
        (file.by_name("times")?, file.by_name("neurons")?);
    Ok((
        times.iter().map(|t| t.to_bits()).collect(),
        neurons.to_vec(),
    ))
}

#[test]
fn a_printed_network_is_the_network() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = preset(folder.path(), "cuba")?;
    let run = |network: &str, more: &[&str]| -> Done<(Vec<u64>, Vec<u32>)> {
        let out = text(&folder.path().join("run"));
        let arguments = [
            "simulate",
            network,
            "--duration",
            "40",
            "--from",
            "0",
            "--out",
            &out,
        ];
        succeeds(&[&arguments[..], more].concat())?;
        spikes(&folder.path().join("run"))
    };
    let shipped = run("cuba", &[])?;
    assert!(shipped.0.len() > 500, "{}", shipped.0.len());
    assert!(run(&file, &[])? == shipped);
    let weaker = ["--set", "projection.excitatory->inhibitory.weight=0.08"];
    let changed = run(&file, &weaker)?;
    assert!(changed != shipped);
    assert!(run("cuba", &weaker)? == changed);
    Ok(())
}

#[test]
fn every_simulation_key_runs_and_is_recorded() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = preset(folder.path(), "every-simulation-key")?;
    let out = text(&folder.path().join("run"));
    let told = succeeds(&["simulate", &file, "--out", &out])?;
    assert!(
        told.contains("excitatory") && told.contains("200 ms in"),
        "{told}"
    );
    let run = folder.path().join("run");
    let (times, neurons) = spikes(&run)?;
    assert!(times.len() > 50 && neurons.iter().all(|&neuron| neuron < 40));
    let mut reader = NpzReader::new(std::fs::File::open(run.join("spikes.npz"))?)?;
    let offsets: Array1<u32> = reader.by_name("population_offsets")?;
    assert_eq!(offsets.to_vec(), [0, 80, 100]);
    let mut reader = NpzReader::new(std::fs::File::open(run.join("states-excitatory.npz"))?)?;
    let times: Array1<f64> = reader.by_name("times")?;
    let potentials: Array2<f64> = reader.by_name("potentials")?;
    let currents: Array3<f64> = reader.by_name("currents")?;
    assert_eq!((times.len(), times[0], times[359]), (360, 20.0, 199.5));
    assert_eq!((potentials.dim(), currents.dim()), ((360, 3), (360, 3, 2)));
    assert!(potentials.iter().all(|v| (-100.0..=-50.0).contains(v)));
    let list = succeeds(&["preset"])?;
    assert!(
        list.contains("every-simulation-key ") && list.contains("microcircuit "),
        "{list}"
    );
    Ok(())
}

/// Potentials in mV, for each time for each neuron.
fn potentials(run: &Path) -> Done<Array2<f64>> {
    let mut reader = NpzReader::new(std::fs::File::open(run.join("states-excitatory.npz"))?)?;
    Ok(reader.by_name("potentials")?)
}

#[test]
fn a_gpu_records_the_same_states() -> TestResult {
    if !has_adapter() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let file = preset(folder.path(), "every-simulation-key")?;
    let run = |engine: &str, seed: &str| -> Done<Array2<f64>> {
        let out = folder.path().join(format!("{engine}-{seed}"));
        let of = ["simulate", &file, "--engine", engine, "--seed", seed];
        succeeds(&[&of[..], &["--duration", "60", "--out", &text(&out)]].concat())?;
        potentials(&out)
    };
    let far = |a: &Array2<f64>, b: &Array2<f64>| {
        let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        apart.fold(0.0, f64::max)
    };
    let (cpu, gpu) = (run("cpu", "1")?, run("gpu", "1")?);
    assert_eq!((cpu.dim(), gpu.dim()), ((80, 3), (80, 3)));
    assert!(far(&cpu, &gpu) < 1e-3, "{}", far(&cpu, &gpu));
    assert!(far(&run("cpu", "2")?, &gpu) > 0.1);
    Ok(())
}

#[test]
fn parameters_and_published_rates() -> TestResult {
    let brunel = ["simulate", "brunel", "--scale", "0.1", "--duration", "30"];
    let with = |more: &[&'static str]| [&brunel[..], more].concat();
    let quiet = succeeds(&with(&["--set", "g=8", "--set", "eta=0.5"]))?;
    assert!(quiet.contains("the start 0 spikes,"), "{quiet}");
    assert!(!succeeds(&brunel)?.contains("the start 0 spikes,"));
    assert_refused(&with(&["--set", "h=1"]), "give one of g, eta")?;
    assert_refused(&with(&["--set", "g=-1"]), "g is -1")?;
    assert_refused(&with(&["--set", "g=many"]), "spikefront preset brunel")?;
    assert_refused(
        &with(&["--set", "population.inhibitor.rest=1"]),
        "the nearest is inhibitory",
    )?;
    let small = [
        "simulate",
        "microcircuit",
        "--scale",
        "0.005",
        "--duration",
        "20",
    ];
    let told = succeeds(&small)?;
    for part in [
        "published/Hz",
        " 7.57 ",
        "correlations",
        "in_degree_scale=0.005",
    ] {
        assert!(told.contains(part), "{told} lacks {part}");
    }
    let compensated = ["--set", "in_degree_scale=0.005"];
    let told = succeeds(&[&small[..], &compensated].concat())?;
    assert!(
        told.contains("published/Hz") && !told.contains("correlations"),
        "{told}"
    );
    Ok(())
}

#[test]
fn what_a_file_cannot_say_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = preset(folder.path(), "every-simulation-key")?;
    let out = text(&folder.path().join("run"));
    let with = |more: &[&str]| -> TestResult {
        let (message, more) = more.split_last().ok_or("a message")?;
        assert_refused(&[&["simulate", &file], more].concat(), message)
    };
    with(&["--scale", "2", "the sizes of populations are in the file"])?;
    with(&["--set", "simulation.duraton=1", "the nearest is `duration`"])?;
    with(&[
        "--set",
        "record.excitatory:spikes.neurons=5-80",
        "at most 79",
    ])?;
    with(&[
        "--set",
        "record.excitatory:states.population=nobody",
        "--out",
        &out,
        "give one of excitatory",
    ])?;
    with(&[
        "--set",
        "record.excitatory:states.every=0",
        "--out",
        &out,
        "every of a record of \"excitatory\" is 0",
    ])?;
    with(&["--checkpoint-every", "3", "--checkpoint FILE"])?;
    with(&["--checkpoint", "x", "--engine", "gpu", "use --engine cpu"])?;
    #[cfg(target_os = "linux")]
    with(&["--set", "population.excitatory.size=4000000000", "MiB"])?;
    let wrong = folder.path().join("wrong.toml");
    std::fs::write(&wrong, "[simulation]\nduration = 1\nseeds = 3\n")?;
    assert_refused(
        &["simulate", &text(&wrong)],
        "wrong.toml, line 3: unknown field `seeds`",
    )?;
    assert_refused(&["simulate", "missing.toml"], "missing.toml")
}

/// Stopped by Ctrl-C in its midst, then by the end of its process, it ends as if nothing had been.
#[test]
#[cfg(unix)]
fn a_run_that_is_stopped_and_resumed_ends_with_the_same_bytes() -> TestResult {
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir()?;
    let file = preset(folder.path(), "every-simulation-key")?;
    let at = |name: &str| text(&folder.path().join(name));
    let (whole, parts, saved) = (at("whole"), at("parts"), at("saved"));
    let run = ["simulate", &file, "--duration", "60000", "--from", "100"];
    let more = ["--set", "record.excitatory:states.every=20"];
    let run = [&run[..], &more].concat();
    succeeds(&[&run[..], &["--out", &whole, "--threads", "1"]].concat())?;
    let every = [
        "--checkpoint",
        &saved,
        "--checkpoint-every",
        "0.02",
        "--out",
        &parts,
    ];
    for (resume, signal, threads) in [(None, "-INT", "2"), (Some("--resume"), "-KILL", "1")] {
        let mut arguments = [&run[..], &every, &["--threads", threads]].concat();
        arguments.extend(resume.into_iter().flat_map(|flag| [flag, &saved[..]]));
        let written = || {
            std::fs::metadata(&saved)
                .and_then(|file| file.modified())
                .ok()
        };
        let before = written();
        let mut child = command(&arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        let start = Instant::now();
        while written() == before {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "no checkpoint came"
            );
            assert!(child.try_wait()?.is_none(), "it ended early");
            std::thread::sleep(Duration::from_millis(2));
        }
        let id = child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([signal, &id])
                .status()?
                .success()
        );
        let status = child.wait()?;
        assert_eq!(status.code(), (signal == "-INT").then_some(130), "{signal}");
        assert!(!folder.path().join("parts/spikes.npz").exists());
    }
    // Not of this network, not with these records, not of these times.
    let resume = [&run[..], &["--out", &parts, "--resume", &saved]].concat();
    let with = |more: &[&'static str]| [&resume[..], more].concat();
    assert_refused(&with(&["--seed", "5"]), "the seed and the settings")?;
    assert_refused(
        &with(&["--record", "inhibitory"]),
        "what is recorded is another",
    )?;
    let mut other = resume.clone();
    other[5] = "50";
    assert_refused(&other, "the same --from")?;
    succeeds(&resume)?;
    for name in [
        "spikes.npz",
        "states-excitatory.npz",
        "raster.svg",
        "rates.svg",
    ] {
        let read = |run: &str| std::fs::read(Path::new(run).join(name));
        assert!(read(&whole)? == read(&parts)?, "{name}");
    }
    let summary = |run: &str| -> Done<Value> {
        Ok(serde_json::from_slice(&std::fs::read(
            Path::new(run).join("summary.json"),
        )?)?)
    };
    let (whole, resumed) = (summary(&whole)?, summary(&parts)?);
    for key in ["populations", "spikes", "synaptic_events", "simulated"] {
        assert_eq!(whole[key], resumed[key], "{key}");
    }
    assert!(whole["spikes"].as_u64() > Some(10_000));
    assert!(!Path::new(&saved).exists());
    let left = std::fs::read_dir(folder.path().join("parts"))?;
    let names: Vec<_> = left.filter_map(|e| Some(e.ok()?.file_name())).collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().contains("part")),
        "{names:?}"
    );
    Ok(())
}

#[test]
fn a_checkpoint_takes_no_place_that_is_taken() -> TestResult {
    let folder = tempfile::tempdir()?;
    let taken = folder.path().join("thesis.txt");
    std::fs::write(&taken, "words")?;
    let refused = |path: &std::path::Path, message: &str| {
        let path = text(path);
        assert_refused(
            &[
                "simulate",
                "cuba",
                "--scale",
                "0.02",
                "--duration",
                "20",
                "--checkpoint",
                &path,
            ],
            message,
        )
    };
    refused(&taken, "name another file")?;
    assert_eq!(std::fs::read_to_string(&taken)?, "words");
    refused(folder.path(), "name another file")?;
    refused(&folder.path().join("nowhere/x"), "make its folder first")
}
