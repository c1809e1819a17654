use super::*;
use crate::cpu::CpuEngine;
use crate::optim::Schedule;
use crate::train::{Experiment, SilentRemedy, Task};

fn three_epochs(threads: usize, seed: u64) -> Result<(Vec<f64>, Vec<f64>)> {
    let experiment = Experiment::preset(Task::Iris, "default")?;
    let prepared = experiment.prepare(seed)?;
    let engine = CpuEngine::new().threads(threads)?;
    let mut trainer = prepared.trainer(engine.clone())?;
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
    let mut trainer = prepared.trainer(engine.clone())?;
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
        Trainer::new(
            prepared.network.clone(),
            engine.clone(),
            prepared.loss.clone(),
            settings,
            0,
        )
        .err()
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

/// The loss of every sample is this number.
struct Constant(f64);

impl Loss for Constant {
    fn evaluate(
        &self,
        _: &Network,
        recording: &crate::event::Recording,
        labels: &[usize],
    ) -> Result<crate::loss::LossValue> {
        Ok(crate::loss::LossValue {
            mean: self.0,
            cotangent: crate::Cotangent::zeros(recording),
            predictions: labels.iter().map(|&label| Some(label)).collect(),
        })
    }
}

#[test]
fn an_infinite_loss_is_a_result_and_none_that_is_no_number() -> Result<()> {
    let prepared = Experiment::preset(Task::Xor, "default")?.prepare(1)?;
    let engine = CpuEngine::new().threads(1)?;
    let settings = || prepared.experiment.trainer_settings();
    for loss in [1.5, f64::INFINITY, f64::NEG_INFINITY] {
        let constant = Constant(loss);
        let trainer = Trainer::new(
            prepared.network.clone(),
            engine.clone(),
            constant,
            settings(),
            1,
        )?;
        let found = trainer.evaluate(&prepared.test)?;
        assert_eq!((found.loss, found.accuracy), (loss, 1.0));
    }
    let constant = Constant(f64::NAN);
    let trainer = Trainer::new(
        prepared.network.clone(),
        engine.clone(),
        constant,
        settings(),
        1,
    )?;
    let told = trainer
        .evaluate(&prepared.test)
        .expect_err("it is no number")
        .to_string();
    assert!(told.contains("loss is NaN: training went astray"), "{told}");
    Ok(())
}

#[test]
fn silent_outputs_are_counted() -> Result<()> {
    let dead = Experiment::preset(Task::Xor, "default")?
        .set("layers.1.weight_mean=0")?
        .set("layers.1.weight_deviation=0")?
        .set("layers.1.rest=0")?;
    let engine = CpuEngine::new().threads(1)?;
    let silent = |experiment: &Experiment| {
        let prepared = experiment.prepare(1)?;
        let trainer = prepared.trainer(engine.clone())?;
        Result::Ok(trainer.evaluate(&prepared.test)?.silent)
    };
    assert_eq!(silent(&dead)?, Some(4));
    assert_eq!(silent(&dead.set("layers.1.rest=10")?)?, Some(0));
    assert_eq!(
        silent(&dead.set("loss={ kind = \"integral\" }")?)?,
        None,
        "a readout cannot fire"
    );
    Ok(())
}
