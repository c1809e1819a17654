use std::ops::ControlFlow;

use crate::Result;
use crate::cpu::CpuEngine;
use crate::network::{Network, Neuron, PopulationId, TensorKind};
use crate::train::{Checkpoint, Experiment, Keep, ParameterGroups, Task, Trainer};

/// The time constants of all layers, layer after layer.
fn time_constants(trainer: &Trainer) -> Vec<f64> {
    let parameters = trainer.parameters();
    let tensors = parameters.layout().tensors().iter();
    let taus = tensors.filter(|tensor| tensor.kind.is_time_constant());
    taus.flat_map(|tensor| parameters.values()[tensor.range.clone()].to_vec())
        .collect()
}

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
    let mut trainer = prepared.trainer(engine.clone())?;
    let before = trainer.parameters().values().to_vec();
    let mut losses = vec![trainer.evaluate(&prepared.train)?.loss];
    for _ in 0..4 {
        trainer.epoch(&prepared.train, None)?;
        losses.push(trainer.evaluate(&prepared.train)?.loss);
    }
    for tensor in trainer.parameters().layout().tensors() {
        if !tensor.kind.is_time_constant() {
            let after = &trainer.parameters().values()[tensor.range.clone()];
            assert_eq!(after, &before[tensor.range.clone()], "{}", tensor.name);
        }
    }
    Ok((losses, time_constants(&trainer)))
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
    let (still, same) = trained(&experiment("0")?, 1)?;
    assert!(still.iter().all(|&loss| loss == losses[0]));
    assert_eq!(same, [8.0, 10.0, 8.0, 10.0]);
    Ok(())
}

#[test]
fn a_checkpoint_has_them() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let experiment = experiment("1")?;
    let prepared = experiment.prepare(2)?;
    let engine = CpuEngine::new().threads(1)?;
    let mut whole = prepared.trainer(engine.clone())?;
    whole.epoch(&prepared.train, None)?;
    let mut first = prepared.trainer(engine.clone())?;
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
    let mut second = prepared.trainer(engine.clone())?;
    second.restore(&read)?;
    second.epoch(&prepared.train, None)?;
    assert_eq!(second.state()?, whole.state()?);
    assert_ne!(time_constants(&second), time_constants(&first));
    Ok(())
}

#[test]
fn the_best_epoch_has_its_own() -> Result<()> {
    let mut prepared = experiment("5")?.prepare(2)?;
    prepared.experiment.keep = Keep::Best;
    (prepared.validation, prepared.experiment.epochs) = (Some(prepared.test.clone()), 8);
    let engine = CpuEngine::new().threads(1)?;
    let mut trainer = prepared.trainer(engine.clone())?;
    let mut after = Vec::new();
    for _ in 0..8 {
        trainer.epoch(&prepared.train, prepared.validation.as_ref())?;
        after.push(time_constants(&trainer));
    }
    let kept = trainer.keep()?;
    assert!(kept < 8, "a steep rate does not end at its best");
    assert_eq!(time_constants(&trainer), after[kept - 1]);
    assert_ne!(time_constants(&trainer), after[7]);
    Ok(())
}

/// One population of three neurons with a time constant that they share, and others of their own.
fn network() -> Result<Network> {
    let mut builder = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire().tau_synapse(vec![1.0, 2.0, 3.0]);
    builder.population("hidden", 3, neuron);
    builder.build()
}

/// What a step of all that is trained makes of a network's parameters.
fn settled(groups: &ParameterGroups, network: &Network, step: f64) -> Vec<f64> {
    let before = network.parameters(0).values().to_vec();
    let mut stepped = before.clone();
    groups.transforms().forward(&mut stepped);
    stepped.iter_mut().for_each(|value| *value += step);
    groups.settle(&before, &mut stepped);
    stepped
}

#[test]
fn a_step_keeps_time_constants_above_zero_and_what_stays_the_same_bits() -> Result<()> {
    let network = network()?;
    let id = PopulationId(0);
    let of = |kind| network.layout().of_population(id, kind).expect("it has it");
    let (membrane, synapse) = (of(TensorKind::TauMembrane), of(TensorKind::TauSynapse));
    assert_eq!((membrane.len(), synapse.len()), (1, 3));
    let groups = ParameterGroups::new(&network)
        .tau_membrane(&network, id, 2.0)?
        .tau_synapse(&network, id, 1.0)?;
    let before = network.parameters(0).values().to_vec();
    for (value, old) in settled(&groups, &network, 0.0).iter().zip(&before) {
        assert!((value - old).abs() < 1e-14, "{value} {old}");
    }
    let after = settled(&groups, &network, -3.0);
    assert!((after[membrane.start] / (20.0 * (-6.0_f64).exp()) - 1.0).abs() < 1e-13);
    for (value, old) in after[synapse.clone()].iter().zip([1.0, 2.0, 3.0]) {
        assert!((value / (old * (-3.0_f64).exp()) - 1.0).abs() < 1e-13);
    }
    for ix in (0..before.len()).filter(|ix| !membrane.contains(ix) && !synapse.contains(ix)) {
        assert_eq!(after[ix], before[ix]);
    }
    let mut slopes = vec![1.0; before.len()];
    groups.transforms().gradient(&before, &mut slopes);
    assert_eq!(
        (slopes[membrane.start], &slopes[synapse]),
        (20.0, &[1.0, 2.0, 3.0][..])
    );
    Ok(())
}

#[test]
fn potentials_are_stepped_as_they_are_and_stay_below_the_threshold() -> Result<()> {
    let network = network()?;
    let id = PopulationId(0);
    let of = |kind| network.layout().of_population(id, kind).expect("it has it");
    let (threshold, rest, initial) = (
        of(TensorKind::Threshold),
        of(TensorKind::Rest),
        of(TensorKind::Initial),
    );
    let groups = ParameterGroups::new(&network)
        .thresholds(&network, id, 0.5)?
        .rest(&network, id, 1.0)?
        .initial(&network, id, 1.0)?;
    let up = settled(&groups, &network, 0.4);
    assert_eq!(up[threshold.clone()], [1.2; 3]);
    assert_eq!((up[rest.start], up[initial.start]), (0.4, 0.4));
    let down = settled(&groups, &network, -4.0);
    // A reset by subtraction needs thresholds above zero; the initial potential went lower by itself.
    assert_eq!(down[threshold.clone()], [0.01; 3]);
    assert_eq!((down[rest.start], down[initial.start]), (-4.0, -4.0));
    let high = settled(&groups, &network, 3.0);
    assert_eq!(high[threshold], [2.5; 3]);
    assert_eq!((high[rest.start], high[initial.start]), (3.0, 2.5 - 0.01));
    Ok(())
}

/// Each receptor's time constants are a tensor of their own, and logarithms are taken of them all.
#[test]
fn time_constants_of_all_receptors_stay_above_zero() -> Result<()> {
    let mut builder = Network::builder();
    let neuron = Neuron::leaky_integrate_and_fire().receptors([5.0, 10.0]);
    let id = builder.population("neurons", 2, neuron);
    let network = builder.build()?;
    let groups = ParameterGroups::new(&network).tau_synapse(&network, id, 1.0)?;
    let before = network.parameters(0).values().to_vec();
    let mut stepped = before.clone();
    groups.transforms().forward(&mut stepped);
    let range = network.layout().of_population(id, TensorKind::TauSynapse);
    let range = range.expect("it has receptors");
    assert_eq!(range.len(), 2);
    stepped[range.clone()].iter_mut().for_each(|x| *x -= 3.0);
    groups.settle(&before, &mut stepped);
    for (found, tau) in stepped[range].iter().zip([5.0, 10.0_f64]) {
        let expected = tau * (-3.0_f64).exp();
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }
    Ok(())
}
