//! What the file of a simulation may say, and what newcomers get wrong in it.

use std::path::Path;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;

use super::mistakes::told;
use super::train::succeeds;
use super::{TestResult, assert_refused, spikefront, text};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// The preset of all keys of a simulation as a file, changed.
pub fn simulation(folder: &Path, changes: &[(&str, &str)]) -> Done<String> {
    let mut text = String::from_utf8(spikefront(&["preset", "every-simulation-key"])?.stdout)?;
    for (right, wrong) in changes {
        assert!(text.contains(right), "{right}");
        text = text.replacen(right, wrong, 1);
    }
    let path = folder.join("own.toml");
    std::fs::write(&path, text)?;
    Ok(super::text(&path))
}

#[test]
fn rates_per_second_are_noticed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(folder.path(), &[])?;
    let hint = "rates are per ms: 1,500 spikes a second are 1.5";
    assert_refused(
        &["simulate", &file, "--set", "poisson.excitatory.rate=1e12"],
        "rate of poisson \"excitatory\" is 1e12 per ms",
    )?;
    let short = ["simulate", &file, "--duration", "0.5", "--from", "0"];
    let fast = ["--set", "poisson.excitatory.rate=1500"];
    let (code, many) = told(&[&short[..], &fast].concat())?;
    assert!(code == Some(0) && many.contains(hint), "{many}");
    assert!(many.contains("about 6e4 arrivals"), "{many}");
    let (_, few) = told(&short)?;
    assert!(!few.contains(hint) && !few.contains("arrivals"), "{few}");
    Ok(())
}

#[test]
fn any_neurons_are_recorded_and_two_numbers_are_asked_about() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = simulation(
        folder.path(),
        &[
            ("neurons = \"0-39\"", "neurons = [1, 70, 30, 31]"),
            ("neurons = \"0-2\"", "neurons = \"2, 5-6\""),
        ],
    )?;
    let [some, all] = ["some", "all"].map(|name| folder.path().join(name));
    succeeds(&["simulate", &file, "--out", &text(&some)])?;
    let every = [
        "record.excitatory:states.neurons=0-79",
        "record.excitatory:spikes.neurons=0-79",
    ];
    succeeds(&[
        "simulate",
        &file,
        "--out",
        &text(&all),
        "--set",
        every[0],
        "--set",
        every[1],
    ])?;
    let states = |run: &Path| -> Done<(Array1<u32>, Array1<f64>, Array2<f64>)> {
        let mut file = NpzReader::new(std::fs::File::open(run.join("states-excitatory.npz"))?)?;
        Ok((
            file.by_name("neurons")?,
            file.by_name("times")?,
            file.by_name("potentials")?,
        ))
    };
    let (chosen, whole) = (states(&some)?, states(&all)?);
    assert_eq!(chosen.0.to_vec(), [2, 5, 6]);
    assert_eq!(chosen.1, whole.1);
    for (column, neuron) in chosen.0.iter().enumerate() {
        assert_eq!(chosen.2.column(column), whole.2.column(*neuron as usize));
    }
    let neurons = |run: &Path| -> Done<Vec<u32>> {
        let mut file = NpzReader::new(std::fs::File::open(run.join("spikes.npz"))?)?;
        let neurons: Array1<u32> = file.by_name("neurons")?;
        Ok(neurons.to_vec())
    };
    let own = |neuron: &u32| [1, 30, 31, 70].contains(neuron);
    let expected: Vec<u32> = neurons(&all)?.into_iter().filter(own).collect();
    assert!(expected.len() > 5 && neurons(&some)? == expected);
    let late = spikefront(&["simulate", &file, "--set", "record.*.neurons=0-80"])?;
    let told = String::from_utf8(late.stderr)?;
    assert!(
        told.starts_with("error: neurons of a record of \"excitatory\" is \"0-80\""),
        "before the network is made: {told}"
    );
    let ambiguous = "record.excitatory:spikes.neurons=[0, 9]";
    assert_refused(
        &["simulate", &file, "--set", ambiguous],
        "write \"0-9\", or \"0, 9\"",
    )
}

#[test]
fn one_section_serves_several_populations() -> TestResult {
    let folder = tempfile::tempdir()?;
    let both = "target = [\"excitatory\", \"inhibitory\"]";
    let file = simulation(
        folder.path(),
        &[
            (
                "target = \"excitatory\" # needed: a population, or a list:",
                &format!("{both} #"),
            ),
            (
                "target = \"excitatory\" # needed: a population, or a list of them",
                both,
            ),
        ],
    )?;
    let one = succeeds(&["simulate", &file, "--duration", "20", "--from", "0"])?;
    let told = String::from_utf8(one.stderr)?;
    assert!(told.contains("100 neurons"), "{told}");
    assert_refused(
        &[
            "simulate",
            &file,
            "--set",
            "projection.excitatory->excitatory.target=[]",
        ],
        "a list of one or more names",
    )
}

#[test]
fn a_readout_is_recorded_and_has_no_spikes() -> TestResult {
    let folder = tempfile::tempdir()?;
    let readout = "[[population]]\nname = \"probe\"\nsize = 2\ntau_membrane = 20.0\nrest = -65.0\nreadout = true\n\
        receptors = [{ name = \"fast\", tau = 5.0 }]\n\n[[projection]]\nsource = \"excitatory\"\ntarget = \"probe\"\n\
        rule = { kind = \"all_to_all\" }\nweight = 0.02\ndelay = 1.5\n\n[[record]]\nkind = \"states\"\npopulation = \"probe\"\n\
        neurons = \"0-1\"\nevery = 1.0\n\n[[generator]]";
    let file = simulation(folder.path(), &[("[[generator]]", readout)])?;
    let run = folder.path().join("run");
    succeeds(&["simulate", &file, "--out", &text(&run)])?;
    let mut states = NpzReader::new(std::fs::File::open(run.join("states-probe.npz"))?)?;
    let potentials: Array2<f64> = states.by_name("potentials")?;
    assert!(potentials.iter().all(|v| v.is_finite()));
    assert!(potentials.iter().any(|&v| v > -64.0), "nothing arrived");
    let summary = std::fs::read_to_string(run.join("summary.json"))?;
    assert!(summary.contains("\"inhibitory\"") && !summary.contains("\"probe\""));
    let asked = ["simulate", &file, "--record", "probe"];
    assert_refused(&asked, "a readout never fires")
}
