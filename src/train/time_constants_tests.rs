use std::ops::ControlFlow;

use super::*;
use crate::cpu::CpuEngine;
use crate::train::{Checkpoint, Experiment, Keep, Task};

/// Iris with time constants that are far too short; `rate` is that of all layers' time constants.
fn experiment(rate: &str) -> Result<Experiment> {
    let train = format!("{{weights=0, tau_membrane={rate}, tau_synapse={rate}}}");
    Experiment::preset(Task::Iris, "default")?
        .set("optimiser.learning_rate=0.02")?
        .set("neuron.tau_membrane=8")?
        .set(&format!("layers.0.train={train}"))?
        .set(&format!("layers.1.train={train}"))
}

/// The losses of four epochs, and what became of the time constants.
fn trained(experiment: &Experiment, threads: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let prepared = experiment.prepare(2)?;
    let engine = CpuEngine::new().threads(threads)?;
    let mut trainer = prepared.trainer(&engine)?;
    let weights = trainer.parameters().clone();
    let mut losses = vec![trainer.evaluate(&prepared.train)?.loss];
    for _ in 0..4 {
        trainer.epoch(&prepared.train, None)?;
        losses.push(trainer.evaluate(&prepared.train)?.loss);
    }
    assert_eq!(*trainer.parameters(), weights, "weights are not trained");
    let taus = trainer.time_constants().into_values().flatten();
    Ok((losses, taus.collect()))
}

#[test]
fn time_constants_alone_lower_the_loss_with_the_same_bits_on_any_number_of_threads() -> Result<()> {
    let (losses, taus) = trained(&experiment("1")?, 1)?;
    println!("{losses:?} {taus:?}");
    assert!(losses[4] < 0.8 * losses[0], "{losses:?}");
    assert_eq!(taus.len(), 4, "one of each kind a layer");
    assert!(
        taus.iter()
            .all(|&tau| tau > 0.0 && tau != 8.0 && tau != 10.0)
    );
    assert_eq!(trained(&experiment("1")?, 2)?, (losses.clone(), taus));
    let (still, none) = trained(&experiment("0")?, 1)?;
    assert!(still.iter().all(|&loss| loss == losses[0]) && none.is_empty());
    Ok(())
}

#[test]
fn a_checkpoint_has_them() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let experiment = experiment("1")?;
    let prepared = experiment.prepare(2)?;
    let engine = CpuEngine::new().threads(1)?;
    let mut whole = prepared.trainer(&engine)?;
    whole.epoch(&prepared.train, None)?;
    let mut first = prepared.trainer(&engine)?;
    let left = first.epoch_until(&prepared.train, None, |batch| match batch.batch {
        3 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })?;
    assert!(left.is_none());
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c.safetensors");
    let state = first.state()?;
    Checkpoint::new(&experiment, &prepared.network, &[], state.clone()).write(&path)?;
    let read = Checkpoint::read(&path)?.state(&prepared.network)?;
    assert_eq!(read, state);
    let mut second = prepared.trainer(&engine)?;
    second.restore(&read)?;
    second.epoch(&prepared.train, None)?;
    assert_eq!(second.state()?, whole.state()?);
    assert_ne!(second.time_constants(), first.time_constants());
    // Without them it is another training, which is refused.
    let mut forgetful = read;
    forgetful.time_constants.clear();
    let error = second.restore(&forgetful).expect_err("none");
    assert!(error.to_string().contains("hidden/tau_membrane"), "{error}");
    Ok(())
}

#[test]
fn the_best_epoch_has_its_own() -> Result<()> {
    let mut prepared = experiment("5")?.prepare(2)?;
    prepared.experiment.keep = Keep::Best;
    (prepared.validation, prepared.experiment.epochs) = (Some(prepared.test.clone()), 8);
    let engine = CpuEngine::new().threads(1)?;
    let mut trainer = prepared.trainer(&engine)?;
    let mut after = Vec::new();
    for _ in 0..8 {
        trainer.epoch(&prepared.train, prepared.validation.as_ref())?;
        after.push(trainer.time_constants());
    }
    let kept = trainer.keep()?;
    assert!(kept < 8, "a steep rate does not end at its best");
    assert_eq!(trainer.time_constants(), after[kept - 1]);
    assert_ne!(trainer.time_constants(), after[7]);
    Ok(())
}

#[test]
fn a_step_keeps_them_above_zero_and_what_stays_the_same_bits() -> Result<()> {
    let prepared = experiment("1")?.prepare(2)?;
    let network = &prepared.network;
    let slot = Slot {
        population: prepared.output,
        which: TimeConstant::Synapse,
        multiple: 2.0,
    };
    let logs = logarithms(&[slot], network);
    assert_eq!(&stepped(&[slot], network, &logs, &logs)?, network);
    let after = stepped(&[slot], network, &logs, &[logs[0] - 3.0])?;
    let tau = after.population(prepared.output).neuron.tau_synapse[0].get(0);
    assert!((tau - 10.0 * (-6.0_f64).exp()).abs() < 1e-12, "{tau}");
    // Each neuron's by itself, where they are given so.
    let id = prepared.output;
    let each = network.with_time_constants(id, 20.0, vec![1.0, 2.0, 3.0])?;
    let slopes = vec![1.0; 2 * network.n_neurons()];
    assert_eq!(gradient(&[slot], &each, &slopes), [1.0, 2.0, 3.0]);
    assert_eq!(gradient(&[slot], network, &slopes), [30.0]);
    Ok(())
}
