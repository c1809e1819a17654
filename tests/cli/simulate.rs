//! `simulate` and `bench large`.

use ndarray::Array1;
use ndarray_npy::NpzReader;
use serde_json::Value;

use crate::{TestResult, assert_refused, spikefront, text};

#[test]
fn a_simulation_leaves_what_it_says() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(folder.path());
    let arguments = [
        "simulate",
        "cuba",
        "--scale",
        "0.1",
        "--duration",
        "200",
        "--out",
        &out,
    ];
    let output = spikefront(&arguments)?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8(output.stderr)?
    );
    let table = String::from_utf8(output.stdout)?;
    assert!(
        table.contains("excitatory") && table.contains("times real time"),
        "{table}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name));
    let summary: Value = serde_json::from_str(&read("summary.json")?)?;
    let populations = summary["populations"].as_array().ok_or("a list")?;
    let sum = |member: &str| {
        populations
            .iter()
            .filter_map(|p| p[member].as_u64())
            .sum::<u64>()
    };
    assert_eq!(sum("neurons"), 400);
    let mut spikes = NpzReader::new(std::fs::File::open(folder.path().join("spikes.npz"))?)?;
    let times: Array1<f64> = spikes.by_name("times")?;
    let neurons: Array1<u32> = spikes.by_name("neurons")?;
    assert_eq!(times.len() as u64, sum("spikes"));
    assert!(times.iter().all(|time| (20.0..=200.0).contains(time)));
    assert!(times.windows(2).into_iter().all(|pair| pair[0] <= pair[1]));
    assert!(neurons.iter().all(|neuron| *neuron < 400));
    for picture in ["raster.svg", "rates.svg"] {
        assert!(read(picture)?.contains("inhibitory"));
    }
    Ok(())
}

#[test]
fn recording_is_a_choice() -> TestResult {
    let folder = tempfile::tempdir()?;
    let out = text(folder.path());
    let arguments = [
        "simulate",
        "cuba",
        "--scale",
        "0.1",
        "--duration",
        "100",
        "--from",
        "50",
    ];
    let with = |more: &[&str]| spikefront(&[&arguments[..], &["--out", &out], more].concat());
    assert!(with(&["--record", "inhibitory"])?.status.success());
    let file = || std::fs::File::open(folder.path().join("spikes.npz"));
    let neurons: Array1<u32> = NpzReader::new(file()?)?.by_name("neurons")?;
    assert!(!neurons.is_empty() && neurons.iter().all(|neuron| *neuron >= 320));
    assert!(with(&["--record", "inhibitory:10-29"])?.status.success());
    let some: Array1<u32> = NpzReader::new(file()?)?.by_name("neurons")?;
    let range = |neuron: &&u32| (330..350).contains(*neuron);
    let expected: Vec<u32> = neurons.iter().filter(range).copied().collect();
    assert!(some.to_vec() == expected && !some.is_empty() && some.len() < neurons.len());
    std::fs::remove_file(folder.path().join("spikes.npz"))?;
    assert!(with(&["--record", "none"])?.status.success());
    assert!(file().is_err());
    Ok(())
}

#[test]
fn threads_change_no_spike() -> TestResult {
    let spikes = |threads: &str| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let out = text(folder.path());
        let network = [
            "simulate",
            "microcircuit",
            "--scale",
            "0.005",
            "--duration",
            "60",
        ];
        let run = spikefront(&[&network[..], &["--threads", threads, "--out", &out]].concat())?;
        assert!(run.status.success());
        let mut file = NpzReader::new(std::fs::File::open(folder.path().join("spikes.npz"))?)?;
        let times: Array1<f64> = file.by_name("times")?;
        assert!(times.len() > 20);
        Ok(times.iter().flat_map(|time| time.to_le_bytes()).collect())
    };
    assert!(spikes("1")? == spikes("3")?);
    Ok(())
}

#[test]
fn what_cannot_be_simulated_is_named() -> TestResult {
    assert_refused(&["simulate", "cubs"], "cuba, brunel, microcircuit")?;
    assert_refused(&["simulate", "cuba", "--scale", "0"], "scale is 0")?;
    assert_refused(&["simulate", "cuba", "--duration=-1"], "duration is -1")?;
    assert_refused(&["simulate", "cuba", "--from", "2000"], "from is 2000")?;
    let small = ["simulate", "cuba", "--scale", "0.05"];
    let with = |more: &[&'static str]| [&small[..], more].concat();
    assert_refused(&with(&["--record", "nobody"]), "excitatory, inhibitory")?;
    assert_refused(&with(&["--window", "5"]), "window is 5")?;
    let folder = tempfile::NamedTempFile::new()?;
    let out = text(folder.path());
    assert_refused(&[&small[..], &["--out", &out]].concat(), &out)
}

#[test]
fn a_ladder_goes_on_where_memory_ends() -> TestResult {
    let arguments = [
        "bench",
        "large",
        "--scales",
        "0.1,16,0.05",
        "--duration",
        "20",
    ];
    let more = ["--warm-up", "0", "--memory", "1", "--json"];
    let output = spikefront(&[&arguments[..], &more].concat())?;
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout)?;
    let rows: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["neurons"] == 400 && rows[2]["neurons"] == 200);
    let refused = rows[1]["refused"].as_str().ok_or("a reason")?;
    assert!(refused.contains("may use 1 MiB"), "{refused}");
    assert_refused(&["bench", "large", "--duration", "0"], "--duration is 0")
}
