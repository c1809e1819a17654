//! What newcomers get wrong, and what they are told.

use std::fmt::Write;
use std::path::Path;

use ndarray::Array1;
use ndarray_npy::NpzWriter;
use serde_json::Value;

use super::simulation_files::simulation;
use super::train::succeeds;
use super::{TestResult, assert_refused, spikefront, text};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// Exit code and standard error.
pub fn told(arguments: &[&str]) -> Done<(Option<i32>, String)> {
    let output = spikefront(arguments)?;
    Ok((output.status.code(), String::from_utf8(output.stderr)?))
}

/// Two hundred samples of two classes and two columns, which tell the class or do not.
fn table(path: &Path, is_informative: bool) -> TestResult {
    let mut text = String::from("x,y,kind\n");
    let mut state = 12_345_u64;
    let mut random = || {
        // Knuth's MMIX generator; its upper bits.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    for sample in 0..200 {
        let class = f64::from(sample % 2);
        let shift = if is_informative { class } else { 0.0 };
        let (x, y) = (random() + shift, random() - shift);
        writeln!(text, "{x},{y},{class}")?;
    }
    Ok(std::fs::write(path, text)?)
}

#[test]
fn a_training_at_chance_says_so_and_one_that_learns_does_not() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [file, run] = ["table.csv", "run"].map(|name| folder.path().join(name));
    let (data, out) = (text(&file), text(&run));
    let train = |epochs: &str, rate: &str| {
        told(&[
            "train",
            "features",
            "--data",
            &data,
            "--engine",
            "cpu",
            "--out",
            &out,
            "--overwrite",
            "--set",
            "layers.1.size=2",
            "--epochs",
            epochs,
            "--set",
            rate,
        ])
    };
    table(&file, false)?;
    let (code, dead) = train("12", "optimiser.learning_rate=1e-5")?;
    assert_eq!(code, Some(1), "{dead}");
    let last = dead
        .lines()
        .rev()
        .find(|line| line.starts_with("warning: "));
    let last = last.ok_or("no warning")?;
    assert!(
        last.contains("that of chance") && last.contains("lower optimiser.learning_rate"),
        "{last}"
    );
    let summary: Value = serde_json::from_slice(&std::fs::read(run.join("summary.json"))?)?;
    let warning = summary["warnings"][0].as_str().ok_or("no warning")?;
    assert!(last.contains(warning));
    let report = std::fs::read_to_string(run.join("report.html"))?;
    assert!(report.contains("that of chance"));
    // Hardly begun it is not accused; nor is one that learns.
    let (code, short) = train("2", "optimiser.learning_rate=1e-5")?;
    assert_eq!(code, Some(0), "{short}");
    table(&file, true)?;
    let (code, alive) = train("12", "optimiser.learning_rate=0.01")?;
    assert!(code == Some(0) && !alive.contains("chance"), "{alive}");
    Ok(())
}

#[test]
fn seconds_and_volts_are_noticed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let tau = ["--set", "population.excitatory.tau_membrane=0.02"];
    let (code, seconds) = told(
        &[
            &["simulate", &file, "--duration", "20", "--from", "0"][..],
            &["--window", "0.01"],
            &tau,
        ]
        .concat(),
    )?;
    assert_eq!(code, Some(0), "{seconds}");
    assert!(
        seconds.contains("which looks like seconds; times are in ms"),
        "{seconds}"
    );

    let [train, test, seconds, run] =
        ["train.npz", "test.npz", "seconds.npz", "run"].map(|name| folder.path().join(name));
    let write = |path: &Path, unit: f64| -> TestResult {
        let labels: Vec<i64> = (0..40).map(|sample| sample % 2).collect();
        let times = labels.iter().flat_map(|label| {
            let late = 10.0 * *label as f64;
            [1.0 + late, 15.0 - late].map(|time| unit * time)
        });
        let mut file = NpzWriter::new(std::fs::File::create(path)?);
        file.add_array("times", &times.collect::<Array1<f64>>())?;
        file.add_array(
            "units",
            &(0..80).map(|unit| unit % 2).collect::<Array1<i64>>(),
        )?;
        file.add_array(
            "offsets",
            &(0..41).map(|ix| 2 * ix).collect::<Array1<i64>>(),
        )?;
        file.add_array("labels", &Array1::from(labels))?;
        file.finish()?;
        Ok(())
    };
    write(&train, 1.0)?;
    write(&test, 1.0)?;
    write(&seconds, 1e-3)?;
    let (data, out, answer) = (
        text(folder.path()),
        text(&run),
        text(&folder.path().join("answer.npz")),
    );
    let arguments = [
        "train",
        "spikes",
        "--data",
        &data,
        "--engine",
        "cpu",
        "--epochs",
        "1",
        "--set",
        "layers.1.size=2",
        "--out",
        &out,
    ];
    let right = succeeds(&arguments)?;
    assert!(!String::from_utf8(right.stderr)?.contains("looks like"));
    let predict = |input: &Path| told(&["predict", &out, &text(input), "--out", &answer]);
    let wrong = predict(&seconds)?.1;
    assert!(
        wrong.contains("the input spikes of the given samples end at 0.015 ms"),
        "{wrong}"
    );
    assert!(!predict(&test)?.1.contains("warning"));
    std::fs::copy(&seconds, &train)?;
    let wrong = told(&[&arguments[..], &["--overwrite"]].concat())?.1;
    assert!(
        wrong.contains("of the training samples end at 0.015 ms"),
        "{wrong}"
    );
    Ok(())
}

#[test]
fn tables_of_other_programs_are_read_or_told_what_they_lack() -> TestResult {
    let folder = tempfile::tempdir()?;
    let (file, out) = (
        folder.path().join("t.csv"),
        text(&folder.path().join("run")),
    );
    let data = text(&file);
    let train = [
        "train",
        "features",
        "--data",
        &data,
        "--engine",
        "cpu",
        "--epochs",
        "1",
        "--out",
        &out,
        "--set",
        "layers.1.size=2",
    ];
    for (text, message) in [
        (
            "a;b;kind\n1;2;x\n",
            "separated by semicolons; separate them by commas",
        ),
        ("", "it is empty; give a line of names"),
        ("1,5;2,5;x\n", "decimal commas"),
    ] {
        std::fs::write(&file, text)?;
        assert_refused(&train, message)?;
    }
    table(&file, true)?;
    let named = std::fs::read_to_string(&file)?;
    let (_, samples) = named.split_once('\n').ok_or("a line")?;
    std::fs::write(&file, samples)?;
    let output = succeeds(&train)?;
    let told = String::from_utf8(output.stderr)?;
    assert!(
        told.contains("is taken for a sample; its columns are called 0 to 2"),
        "{told}"
    );
    let evaluated = succeeds(&["evaluate", &out, "--data", &data])?;
    assert!(String::from_utf8(evaluated.stdout)?.contains("of 200 samples"));
    // Other files of that kind: without labels, and with names that the training had not.
    let unlabelled = folder.path().join("u.csv");
    std::fs::write(&unlabelled, "0.5,0.25\n")?;
    let unlabelled = super::text(&unlabelled);
    assert_refused(
        &["evaluate", &out, "--data", &unlabelled],
        "it has no column \"2\" of labels",
    )?;
    std::fs::write(&file, &named)?;
    succeeds(&[&train[..], &["--overwrite"]].concat())?;
    assert_refused(
        &["predict", &out, &unlabelled, "--out", "answer.npz"],
        "its first line has numbers: put one of names above it",
    )?;
    Ok(())
}

#[test]
fn messages_name_what_helps() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let set = |setting: &str, message: &str| {
        assert_refused(&["simulate", &file, "--set", setting], message)
    };
    set(
        "population.Exc.rest=1",
        "the nearest is excitatory; choose one of excitatory, inhibitory",
    )?;
    set(
        "population.Zz.rest=1",
        "choose one of excitatory, inhibitory",
    )?;
    set(
        "threshold=-52",
        "give its full key, population.excitatory.threshold",
    )?;
    set(
        "projection.excitatory->inhibitory.delay=-1",
        "give a finite delay in ms, zero or more",
    )?;
    set(
        "population.excitatory.reset={ kind = \"subtract\" }",
        "or reset to a potential",
    )?;
    set(
        "population.excitatory.size=2.5",
        "expected a whole number from 0 to 4294967295",
    )?;
    assert_refused(
        &["simulate", "cuba", "--set", "threshold=-52"],
        "give its full key, population.excitatory.threshold, population.inhibitory.threshold",
    )?;
    assert_refused(
        &["train", "iris", "--set", "learning_rate=0.1"],
        "give its full key, optimiser.learning_rate",
    )?;
    let line = "tau_membrane = 20.0 # needed; one value or a distribution\n";
    let lacking = simulation(folder.path(), &[(line, "")])?;
    assert_refused(
        &["simulate", &lacking],
        "[[population]] \"excitatory\": missing field `tau_membrane`; add tau_membrane = ... (`spikefront preset every",
    )?;
    let line =
        "threshold = -50.0 # needed, but for a readout: the potential at which a neuron fires\n";
    let lacking = simulation(folder.path(), &[(line, "")])?;
    assert_refused(
        &["simulate", &lacking],
        "or readout = true for neurons that never fire (`spikefront preset every-simulation-key`",
    )?;
    for (arguments, message) in [
        (
            &["simulate", "cuba", "--duration", "-1"][..],
            "duration is -1",
        ),
        (&["simulate", "cuba", "--from", "-1"], "from is -1"),
        (
            &["train", "iris", "--epochs", "-1"],
            "-1 is not in 0..=4294967295",
        ),
    ] {
        assert_refused(arguments, message)?;
    }
    let long = told(&["simulate", "cuba", "--duration", "1e300", "--from", "1e301"])?.1;
    assert!(
        long.contains("from 0 to the duration, 1e300") && long.len() < 200,
        "{long}"
    );
    Ok(())
}

#[test]
fn files_that_do_not_fit_a_network_are_named() -> TestResult {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| text(&folder.path().join(name));
    let (run, other, answer) = (at("run"), at("other"), at("answer.npz"));
    let output = succeeds(&[
        "train", "iris", "--engine", "cpu", "--epochs", "1", "--out", &run,
    ])?;
    assert!(String::from_utf8(output.stdout)?.contains("after 1 epoch,"));
    assert_refused(
        &["predict", &run, &text(folder.path()), "--out", &answer],
        "it is a folder; name a .npz file",
    )?;
    assert_refused(
        &[
            "predict",
            &run,
            "x.npz",
            "--out",
            &answer,
            "--voltages-every",
            "-1",
        ],
        "--voltages-every is -1",
    )?;
    let weights = text(&folder.path().join("run/weights.npz"));
    let recurrent = "layers.0.recurrent={ weight_mean = 0, weight_deviation = 0.01, delay = 1 }";
    assert_refused(
        &[
            "train", "iris", "--init", &weights, "--set", recurrent, "--out", &other,
        ],
        "(--init-partial)",
    )
}
