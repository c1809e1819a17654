use std::sync::Arc;

use safetensors::SafeTensors;

use super::*;
use crate::cpu::CpuEngine;
use crate::train::Task;

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

fn checkpoint(experiment: &Experiment) -> Result<(Checkpoint, TrainerState, Arc<Network>)> {
    let prepared = experiment.prepare(3)?;
    let engine = CpuEngine::new();
    let mut trainer = prepared.trainer(engine.clone())?;
    let metrics = trainer.epoch(&prepared.train, Some(&prepared.test))?;
    trainer.step(&prepared.train)?;
    let state = trainer.state()?;
    let network = prepared.network.clone();
    let checkpoint = Checkpoint::new(experiment, &network, &[metrics], state.clone());
    Ok((checkpoint, state, network))
}

#[test]
fn what_was_written_is_read_back_to_the_bit() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c.safetensors");
    for rule in ["{ adam = {} }", "{ sgd = { momentum = 0.5 } }"] {
        let experiment = Experiment::preset(Task::Xor, "default")?;
        let experiment = experiment.set(&format!("optimiser.rule = {rule}"))?;
        let (checkpoint, state, network) = checkpoint(&experiment)?;
        checkpoint.write(&path)?;
        let read = Checkpoint::read(&path)?;
        assert_eq!(read.experiment, experiment);
        assert_eq!(read.history, checkpoint.history);
        assert_eq!(read.state(&network)?, state);
        assert_eq!((read.n_epochs(), read.n_batches()), (1, 0));
    }
    // Others can read it: the checksum stands in the metadata, not behind the arrays.
    let file = std::fs::read(&path)?;
    let tensors = SafeTensors::deserialize(&file)?;
    assert_eq!(
        tensors.tensor("parameters/input->hidden/weight")?.shape(),
        [2, 4]
    );
    Ok(())
}

#[test]
fn every_cut_and_every_flipped_bit_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c.safetensors");
    let (checkpoint, ..) = checkpoint(&Experiment::preset(Task::Xor, "default")?)?;
    checkpoint.write(&path)?;
    let whole = std::fs::read(&path)?;
    assert!(Checkpoint::parse(&whole, &path).is_ok());
    for length in 0..whole.len() {
        assert!(
            Checkpoint::parse(&whole[..length], &path).is_err(),
            "{length}"
        );
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(Checkpoint::parse(&longer, &path).is_err());
    for bit in 0..8 * whole.len() {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Checkpoint::parse(&flipped, &path).expect_err("a bit is flipped");
        let told = error.to_string();
        assert!(told.contains("damaged"), "bit {bit}: {told}");
    }
    Ok(())
}

/// As of before all parameters were in one vector.
#[test]
fn a_former_format_is_refused_with_the_version_that_wrote_it() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c.safetensors");
    let (checkpoint, ..) = checkpoint(&Experiment::preset(Task::Xor, "default")?)?;
    checkpoint.write(&path)?;
    let mut file = std::fs::read(&path)?;
    let format = b"spikefront checkpoint 2";
    let at = file.windows(format.len()).position(|part| part == format);
    file[at.expect("its format") + format.len() - 1] = b'1';
    assert!(crate::files::sealed::seal(&mut file));
    // Sealed anew, its sum is right: only the format is another.
    let told = Checkpoint::parse(&file, &path)
        .expect_err("a former format")
        .to_string();
    for part in [
        "\"spikefront checkpoint 1\"",
        env!("CARGO_PKG_VERSION"),
        "\"spikefront checkpoint 2\"",
    ] {
        assert!(told.contains(part), "{told}");
    }
    Ok(())
}

#[test]
fn another_network_is_refused_by_what_differs() -> TestResult {
    let experiment = Experiment::preset(Task::Xor, "default")?;
    let (checkpoint, ..) = checkpoint(&experiment)?;
    let refused = |assignment: &str| -> TestResult {
        let (network, _) = experiment.set(assignment)?.network(2)?;
        let error = checkpoint.state(&network).expect_err("another network");
        println!("{error}");
        assert!(error.to_string().contains("of another network"), "{error}");
        Ok(())
    };
    refused("layers.0.size=5")?;
    refused("layers=[{size=2, weight_mean=0, weight_deviation=1}]")?;
    Ok(())
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_former_one() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c.safetensors");
    let (mut checkpoint, ..) = checkpoint(&Experiment::preset(Task::Xor, "default")?)?;
    checkpoint.write(&path)?;
    let before = std::fs::read(&path)?;
    // A seed that TOML does not have.
    checkpoint.experiment.seed = u64::MAX;
    assert!(checkpoint.write(&path).is_err());
    assert_eq!(std::fs::read(&path)?, before);
    Ok(())
}
