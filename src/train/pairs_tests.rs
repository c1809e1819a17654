//! Sparse weights are written with their pairs, and given to the same pairs alone.

use std::path::Path;

use crate::Result;
use crate::cpu::CpuEngine;
use crate::data::{Npz, NpzWriter};
use crate::train::{Experiment, InitSettings, Task, Trainer, read_parameters, write_parameters};

fn iris(seed: u64, probability: Option<f64>) -> Result<Experiment> {
    let mut iris = Experiment::preset(Task::Iris, "default")?;
    iris.seed = seed;
    iris.layers[0].probability = probability;
    Ok(iris)
}

/// What is refused of a file, or what is said of what was taken.
fn begun(
    experiment: &Experiment,
    file: &Path,
    partial: bool,
) -> Result<std::result::Result<String, String>> {
    let mut experiment = experiment.clone();
    experiment.init = Some(InitSettings {
        partial,
        ..InitSettings::new(file.to_owned())
    });
    let prepared = experiment.prepare(experiment.seed)?;
    Ok(match prepared.initial() {
        Ok(initial) => Ok(initial.map(|i| i.to_string()).unwrap_or_default()),
        Err(error) => Err(error.to_string()),
    })
}

#[test]
fn weights_go_to_the_pairs_that_they_belong_to() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weights.npz");
    let engine = CpuEngine::new();
    let sparse = iris(1, Some(0.5))?;
    let prepared = sparse.prepare(1)?;
    let trainer: Trainer = prepared.trainer(engine.clone())?;
    write_parameters(&file, trainer.network(), trainer.parameters())?;
    let connection = &prepared.network.connections()[0];
    let synapses = connection.synapses().expect("it is sparse");
    assert!(synapses.len() > 10);
    let mut npz = Npz::open(&file)?;
    for (end, name) in ["input->hidden/source", "input->hidden/target"]
        .iter()
        .enumerate()
    {
        let written = npz.vector(name)?;
        let own: Vec<f64> = synapses.iter().map(|pair| f64::from(pair[end])).collect();
        assert_eq!(written, own, "{name}");
    }
    assert!(
        !npz.has("hidden->output/source"),
        "all are connected to all"
    );
    assert_eq!(
        read_parameters(&file, &prepared.network)?,
        *trainer.parameters()
    );
    let told = begun(&sparse, &file, false)?.expect("it is the same network");
    assert!(!told.contains("source"), "{told}");

    // Another seed or probability makes other pairs, all or none of which a matrix has.
    for partial in [false, true] {
        for (other, array, expected) in [
            (iris(2, Some(0.5))?, "source", "other pairs of neurons"),
            (iris(1, Some(0.6))?, "source", "other pairs of neurons"),
            (iris(1, None)?, "weight", "the network connects all of them"),
        ] {
            let told = begun(&other, &file, partial)?.expect_err("other pairs");
            let array = format!("array input->hidden/{array}: ");
            assert!(told.contains(&array) && told.contains(expected), "{told}");
        }
    }
    let other = iris(2, Some(0.5))?.prepare(2)?;
    let told = read_parameters(&file, &other.network)
        .expect_err("other pairs")
        .to_string();
    assert!(told.contains("other pairs of neurons"), "{told}");

    let dense = iris(1, None)?.prepare(1)?;
    write_parameters(&file, &dense.network, &dense.network.parameters(1))?;
    let told = begun(&sparse, &file, false)?.expect_err("a matrix");
    assert!(
        told.contains("array input->hidden/weight: it has weights of all pairs"),
        "{told}"
    );
    Ok(())
}

/// As earlier versions wrote it.
#[test]
fn a_file_without_pairs_is_taken_and_said_to_be() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weights.npz");
    let sparse = iris(1, Some(0.5))?;
    let network = sparse.prepare(1)?.network;
    let parameters = network.parameters(1);
    let mut npz = NpzWriter::new(std::io::Cursor::new(Vec::new()));
    for tensor in parameters.layout().tensors() {
        let values = &parameters.values()[tensor.range.clone()];
        npz.add(&tensor.name, &tensor.shape, values)
            .expect("it is in memory");
    }
    let bytes = npz.finish().expect("it is in memory").into_inner();
    std::fs::write(&file, bytes).expect("a folder");
    let told = begun(&sparse, &file, false)?.expect("it fits");
    assert!(
        told.ends_with("; the file does not say which pairs its weights belong to: input->hidden"),
        "{told}"
    );
    Ok(())
}
