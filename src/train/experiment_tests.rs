use super::*;
use crate::Result;
use crate::cpu::CpuEngine;
use crate::train::{DelaySettings, Task};

#[test]
fn a_cosine_is_stretched_with_the_epochs() -> Result<()> {
    let experiment = Experiment::preset(Task::YinYang, "default")?.for_epochs(7);
    assert_eq!(experiment.epochs, 7);
    assert_eq!(experiment.schedule, Schedule::Cosine { epochs: 7 });
    let constant = Experiment::preset(Task::Xor, "paper")?.for_epochs(7);
    assert_eq!(constant.schedule, Schedule::Constant);
    Ok(())
}

#[test]
fn rest_and_refractory_time_reach_the_network() -> Result<()> {
    let mut experiment = Experiment::preset(Task::YinYang, "default")?;
    let (network, output) = experiment.network(5)?;
    assert_eq!(network.population(output).neuron.rest.get(0), 1.1);
    assert_eq!(network.populations()[0].neuron.rest.get(0), 0.0);
    let held = crate::network::Reset::To {
        potential: 0.0.into(),
        refractory: experiment.duration.into(),
    };
    assert_eq!(network.population(output).neuron.reset, held);
    let refractory = |experiment: &mut Experiment, ms: f64| {
        let neuron = experiment.neuron.as_mut();
        neuron.expect("the preset has one").refractory = ms;
    };
    refractory(&mut experiment, -1.0);
    assert!(experiment.network(5).is_err());
    refractory(&mut experiment, 0.0);
    experiment.layers[1].rest = f64::NAN;
    assert!(experiment.network(5).is_err());
    Ok(())
}

#[test]
fn delays_are_drawn_by_the_seed_and_trained_at_their_rate() -> Result<()> {
    let mut experiment = Experiment::preset(Task::YinYang, "delays")?;
    experiment.layers[0].delays = Some(DelaySettings {
        latest: 5.0,
        rate: 0.0,
    });
    let delays = |experiment: &Experiment, seed| -> Result<_> {
        let prepared = experiment.prepare(seed)?;
        let engine = CpuEngine::new().threads(1)?;
        let mut trainer = prepared.trainer(engine.clone())?;
        let before = trainer.parameters().clone();
        trainer.step(&prepared.train.select(&[0, 1, 2, 3]))?;
        let after = trainer.parameters().values();
        Ok(prepared
            .network
            .projection_ids()
            .map(|id| {
                let range = before.layout().delays(id);
                (
                    before.values()[range.clone()].to_vec(),
                    after[range].to_vec(),
                )
            })
            .collect::<Vec<_>>())
    };
    let drawn = delays(&experiment, 3)?;
    assert_eq!(drawn, delays(&experiment, 3)?);
    assert_ne!(drawn, delays(&experiment, 4)?);
    let [(first, first_after), (second, second_after)] = &drawn[..] else {
        panic!("two layers");
    };
    assert_eq!(first, first_after, "rate 0");
    assert_ne!(second, second_after);
    assert!(first.iter().all(|delay| (0.0..5.0).contains(delay)));
    assert!(second.iter().any(|&delay| delay > 5.0));
    experiment.layers[0].delays = Some(DelaySettings {
        latest: -1.0,
        rate: 0.0,
    });
    let error = experiment.prepare(0).expect_err("a negative delay");
    assert!(
        error.to_string().contains("layers.0.delays.latest"),
        "{error}"
    );
    Ok(())
}

#[test]
fn unfit_layers_are_errors() -> Result<()> {
    let mut experiment = Experiment::preset(Task::Xor, "default")?;
    experiment.layers[1].size = 3;
    let error = experiment.prepare(0).expect_err("two classes");
    assert!(
        error.to_string().contains("size of the output layer is 3"),
        "{error}"
    );
    experiment.layers.clear();
    assert!(experiment.prepare(0).is_err());
    Ok(())
}

#[test]
fn images_are_moved_only_where_they_are_asked_to_be_and_square() -> Result<()> {
    let engine = CpuEngine::new();
    let loss = |experiment: &Experiment| {
        let prepared = experiment.prepare(0)?;
        Ok(prepared
            .trainer(engine.clone())?
            .epoch(&prepared.train, None)?
            .loss)
    };
    let digits = Experiment::preset(Task::Digits, "default")?;
    let moved = digits.set("image_shift=1")?;
    assert_eq!(loss(&moved)?, loss(&moved)?);
    assert_ne!(loss(&moved)?, loss(&digits)?);
    let prepared = Experiment::preset(Task::Xor, "default")?
        .set("image_shift=1")?
        .prepare(0)?;
    let error = prepared
        .trainer(engine.clone())
        .err()
        .expect("two features");
    assert!(error.to_string().contains("image_shift is 1"), "{error}");
    Ok(())
}

#[test]
fn a_silent_layer_comes_back_where_the_remedy_is_named() -> Result<()> {
    let engine = CpuEngine::new();
    let mut silent = Experiment::preset(Task::Iris, "default")?.for_epochs(30);
    for set in [
        "layers.0.weight_mean=-0.05",
        "layers.0.weight_deviation=0.06",
        "guards.raise_silent=0.01",
        "guards.raise_spread=2",
    ] {
        silent = silent.set(set)?;
    }
    let accuracy = |experiment: &Experiment| {
        let prepared = experiment.prepare(1)?;
        let mut trainer = prepared.trainer(engine.clone())?;
        for _ in 0..30 {
            trainer.epoch(&prepared.train, None)?;
        }
        Ok(trainer.evaluate(&prepared.test)?.accuracy)
    };
    assert!(accuracy(&silent)? > 0.9);
    silent.guards.raise_silent = Some(0.0);
    let control = accuracy(&silent)?;
    assert!(control < 0.4, "nothing to learn from: {control}");
    silent.guards.raise_silent = None;
    let error = accuracy(&silent).expect_err("a spread of nothing");
    assert!(error.to_string().contains("guards.raise_spread"), "{error}");
    (silent.guards.raise_spread, silent.guards.raise_epochs) = (0.0, Some(3));
    let error = accuracy(&silent).expect_err("epochs of nothing");
    assert!(error.to_string().contains("guards.raise_epochs"), "{error}");
    Ok(())
}
