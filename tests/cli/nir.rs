//! Networks of other programs, from the command line.

use std::path::Path;

use ndarray::{Array1, Array3};
use ndarray_npy::{NpzReader, NpzWriter};

use super::train::succeeds;
use super::{TestResult, assert_refused, spikefront, text};

fn graph(name: &str) -> String {
    text(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/nir/files")
            .join(name),
    )
}

fn spikes(path: &Path, n_channels: usize) -> TestResult {
    let mut file = NpzWriter::new(std::fs::File::create(path)?);
    let n = 20 * n_channels;
    file.add_array(
        "times",
        &Array1::from_iter((0..n).map(|k| 0.5 + k as f64 / n_channels as f64)),
    )?;
    file.add_array(
        "units",
        &Array1::from_iter((0..n).map(|k| (k % n_channels) as i64)),
    )?;
    file.add_array(
        "offsets",
        &Array1::from_vec(vec![0_i64, n as i64, n as i64]),
    )?;
    file.finish()?;
    Ok(())
}

#[test]
fn a_graph_is_described_with_what_was_chosen() -> TestResult {
    let output = succeeds(&["nir", &graph("braille_noDelay_bias_zero.nir")])?;
    let told = String::from_utf8(output.stdout)?;
    for part in [
        "7 nodes, 7 edges, NIR 0.2.0",
        "lif1.lif    CubaLIF  r [38] = 9.999997615814776",
        "lif1.lif -> lif1.w_rec",
        "times are in seconds: the longest time constant is 0.0009999997615814777",
        "the step being 0.1 ms",
        "a spike resets to 0: node \"lif1.lif\" has no v_reset",
        "outputs: lif2",
        "population lif1.lif: 38 neurons",
        "projection lif1.lif->lif1.lif: 1444 synapses, recurrent",
    ] {
        assert!(told.contains(part), "{told} lacks {part}");
    }
    Ok(())
}

#[test]
fn a_graph_is_simulated() -> TestResult {
    let folder = tempfile::tempdir()?;
    let inputs = folder.path().join("inputs.npz");
    let out = folder.path().join("out");
    let (graph, run) = (graph("nested.nir"), ["--duration", "25", "--engine", "cpu"]);
    spikes(&inputs, 3)?;
    let (inputs, out_text) = (text(&inputs), text(&out));
    let all = [
        &["nir", &graph, "--inputs", &inputs, "--out", &out_text],
        &run[..],
    ]
    .concat();
    let told = String::from_utf8(succeeds(&all)?.stdout)?;
    assert!(told.contains("2 samples of 25 ms, 60 spikes in:"), "{told}");
    let mut file = NpzReader::new(std::fs::File::open(out.join("spikes.npz"))?)?;
    let times: Array1<f64> = file.by_name("times")?;
    let offsets: Array1<i64> = file.by_name("offsets")?;
    let bounds: Array1<i64> = file.by_name("bounds")?;
    let voltages: Array3<f64> = file.by_name("voltages of readout")?;
    assert_eq!(bounds.to_vec(), [0, 4, 6]);
    assert_eq!(voltages.dim(), (2, 101, 2));
    assert!(!times.is_empty() && times.iter().all(|time| *time < 25.0));
    // The second sample has no input.
    assert_eq!(
        offsets.to_vec(),
        [0, times.len() as i64, times.len() as i64]
    );
    assert!(
        told.contains(&format!("hidden.cell: {} spikes", times.len())),
        "{told}"
    );
    let wrong = folder.path().join("wrong.npz");
    spikes(&wrong, 5)?;
    let all = ["nir", &graph, "--inputs", &text(&wrong), "--duration", "25"];
    let output = spikefront(&all)?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told.contains("wrong.npz: array units: element 3 is 3"),
        "{told}"
    );
    Ok(())
}

#[test]
fn what_is_open_or_wrong_is_told_with_the_option() -> TestResult {
    let lif = graph("lif_norse.nir");
    let refused = |arguments: &[&str], message: &str| -> TestResult {
        let output = spikefront(arguments)?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(message), "{told} lacks {message}");
        Ok(())
    };
    refused(
        &["nir", &lif],
        "or say that the input is constant (--constant-input X)",
    )?;
    let constant = ["nir", &lif, "--constant-input", "0.2", "--duration", "20"];
    let told = String::from_utf8(succeeds(&constant)?.stdout)?;
    assert!(told.contains("1: 11 spikes"), "{told}");
    assert_refused(
        &["nir", &graph("braille_noDelay_bias_zero_subgraph.nir")],
        "is \"lif\"",
    )?;
    assert_refused(&["nir", &lif, "--jump", "step"], "--step is not given")?;
    assert_refused(
        &["nir", &lif, "--jump", "delta", "--step", "1"],
        "--step is 1: leave it out",
    )?;
    assert_refused(&["nir", &lif, "--out", "x"], "--duration is not given")?;
    assert_refused(&["nir", &lif, "--duration", "0"], "--duration is 0")?;
    assert_refused(&["nir", "nowhere.nir"], "nowhere.nir")?;
    Ok(())
}

#[test]
fn a_trained_network_is_written() -> TestResult {
    let folder = tempfile::tempdir()?;
    let [run, file] = ["run", "xor.nir"].map(|name| text(&folder.path().join(name)));
    succeeds(&[
        "train", "xor", "--engine", "cpu", "--epochs", "1", "--out", &run,
    ])?;
    let write = ["nir", &file, "--from", &run];
    assert_refused(&write, "(--reset subtract, here and where it is read)")?;
    assert_refused(
        &[&write[..], &["--jump", "delta"]].concat(),
        "--jump is given",
    )?;
    assert!(!Path::new(&file).exists());
    let told = succeeds(&[&write[..], &["--reset", "subtract"]].concat())?;
    assert!(String::from_utf8(told.stdout)?.contains("weights of epoch 1"));
    let told = succeeds(&["nir", &file, "--reset", "subtract"])?;
    let told = String::from_utf8(told.stdout)?;
    assert!(told.contains("w_in is tau_syn in every neuron"), "{told}");
    Ok(())
}

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "xor", "--engine", "cpu", "--epochs"], more].concat()
}

#[test]
fn the_network_of_a_graph_is_trained() -> TestResult {
    let folder = tempfile::tempdir()?;
    let place = |name: &str| text(&folder.path().join(name));
    let (graph, first, run) = (place("xor.nir"), place("first"), place("run"));
    succeeds(&train(&["2", "--out", &first]))?;
    succeeds(&["nir", &graph, "--from", &first, "--reset", "subtract"])?;
    let further = ["--nir", &graph, "--set", "nir.options.reset=subtract"];
    let further = [&["4", "--out", &run][..], &further].concat();
    succeeds(&train(&further))?;
    succeeds(&["evaluate", &run])?;
    let settings = std::fs::read_to_string(folder.path().join("run/experiment.toml"))?;
    assert!(
        settings.contains("[nir]")
            && settings.contains("digest = ")
            && !settings.contains("[[layers]]"),
        "{settings}"
    );
    // To the same bits as without a break.
    let whole = place("whole");
    succeeds(&train(
        &[&["6", "--out", &whole][..], &further[3..]].concat(),
    ))?;
    succeeds(&["train", "--resume", &run, "--epochs", "6"])?;
    let weights = |run: &str| std::fs::read(Path::new(run).join("weights.npz"));
    assert_eq!(weights(&run)?, weights(&whole)?);

    // The file is another one.
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nir/files/nested.nir"),
        &graph,
    )?;
    assert_refused(&["evaluate", &run], "another than the run began with")?;
    let other = train(&["1", "--out", &first, "--nir", &graph]);
    assert_refused(&other, "3 channels")?;
    assert_refused(&["train", &graph], "train spikes --data DIR --nir")?;
    Ok(())
}
