use super::*;
use crate::cpu::CpuEngine;
use crate::train::{Experiment, Task};

fn three_epochs(threads: usize, seed: u64) -> Result<(Vec<f64>, Vec<f64>)> {
    let experiment = Experiment::preset(Task::Iris, "default")?;
    let prepared = experiment.prepare(seed)?;
    let engine = CpuEngine::new().threads(threads)?;
    let mut trainer = prepared.trainer(&engine)?;
    let mut losses = Vec::new();
    for _ in 0..3 {
        losses.push(trainer.epoch(&prepared.train, Some(&prepared.test))?.loss);
    }
    Ok((losses, trainer.parameters().values().to_vec()))
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() -> Result<()> {
    let (losses, values) = three_epochs(1, 5)?;
    assert_eq!((losses.clone(), values.clone()), three_epochs(2, 5)?);
    let (other, _) = three_epochs(2, 6)?;
    assert_ne!(losses, other);
    Ok(())
}

#[test]
fn only_weights_move_and_the_loss_falls() -> Result<()> {
    let experiment = Experiment::preset(Task::Xor, "default")?;
    let prepared = experiment.prepare(1)?;
    let engine = CpuEngine::new().threads(1)?;
    let mut trainer = prepared.trainer(&engine)?;
    let before = trainer.parameters().clone();
    let loss = trainer.evaluate(&prepared.train)?.loss;
    for _ in 0..5 {
        trainer.step(&prepared.train)?;
    }
    assert!(trainer.evaluate(&prepared.train)?.loss < loss);
    for tensor in before.layout().tensors() {
        let pair = [&before, trainer.parameters()].map(|p| &p.values()[tensor.range.clone()]);
        assert_eq!(
            pair[0] == pair[1],
            !tensor.name.ends_with("/weight"),
            "{}",
            tensor.name
        );
    }
    Ok(())
}

#[test]
fn settings_out_of_range_are_errors() -> Result<()> {
    let prepared = Experiment::preset(Task::Xor, "default")?.prepare(1)?;
    let engine = CpuEngine::new().threads(1)?;
    let build = |change: fn(&mut TrainerSettings)| {
        let mut settings = TrainerSettings::new(2.0);
        change(&mut settings);
        Trainer::new(&prepared.network, &engine, &prepared.loss, settings, 0).err()
    };
    assert!(build(|_| ()).is_none());
    assert!(build(|s| s.learning_rate = 0.0).is_some());
    assert!(build(|s| s.batch_size = 0).is_some());
    assert!(build(|s| s.input_dropout = 1.0).is_some());
    assert!(build(|s| s.schedule = Schedule::Exponential { factor: 0.0 }).is_some());
    assert!(build(|s| s.clip_norm = Some(0.0)).is_some());
    assert!(
        build(|s| s.silent_remedy = Some(SilentRemedy {
            amount: -1.0,
            spread: 0.0,
            epochs: None
        }))
        .is_some()
    );
    Ok(())
}
