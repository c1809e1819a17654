//! Training that stays on the device against training on the CPU.

mod cases;
mod resumed;
mod steps;
mod traffic;

use std::ops::ControlFlow;
use std::sync::Arc;

use spikefront::cpu::CpuEngine;
use spikefront::loss::FirstSpikeCrossEntropy;
use spikefront::network::{Distribution, Network, Neuron, Projection};
use spikefront::session::OptimiserState;
use spikefront::train::{Experiment, Task, Trainer, TrainerSettings, TrainerState};
use spikefront::{Engine, Result};

use crate::device::gpu;

fn largest(x: &[f64], y: &[f64]) -> f64 {
    x.iter()
        .zip(y)
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, f64::max)
}

#[test]
fn steps_on_the_device_are_those_of_the_cpu() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let cpu = CpuEngine::new();
    for (task, preset) in [
        (Task::Xor, "paper"),
        (Task::Iris, "paper"),
        (Task::Iris, "default"),
        (Task::YinYang, "paper"),
    ] {
        let mut experiment = Experiment::preset(task, preset)?;
        if experiment.guards.raise_spread > 0.0 {
            // The CPU ends its runs early: there other neurons are silent.
            experiment.guards.raise_silent = Some(0.0);
        }
        let prepared = experiment.prepare(3)?;
        let mut host = prepared.trainer(cpu.clone())?;
        let mut device = prepared.trainer(gpu.clone())?;
        let start = host.parameters().clone();
        for step in 0..4 {
            let n = prepared.train.n_samples();
            let samples: Vec<usize> = (0..16).map(|k| (k + 16 * step) % n).collect();
            let batch = prepared.train.select(&samples);
            let (on_cpu, on_gpu) = (host.step(&batch)?, device.step(&batch)?);
            let told = format!("{task:?} {preset}, step {step}: {on_cpu:?} {on_gpu:?}");
            assert!(
                (on_cpu.loss - on_gpu.loss).abs() < 1e-4 * on_cpu.loss.abs(),
                "{told}"
            );
            assert_eq!(on_cpu.n_correct, on_gpu.n_correct, "{told}");
        }
        let values = host.parameters().values();
        let moved = largest(values, start.values());
        let apart = largest(values, device.parameters().values());
        println!("{task:?} {preset}: moved {moved:.1e}, apart {apart:.1e}");
        assert!(moved > 0.0 && apart < 1e-2 * moved);
    }
    // Nothing went through recordings on the host: the engine itself was not asked for one.
    assert_eq!(gpu.statistics().dispatches, 0);
    Ok(())
}

/// Outputs that fire, and beside them a readout that the loss does not look at.
#[test]
fn a_readout_beside_the_outputs_changes_no_gradient() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let cpu = CpuEngine::new();
    let prepared = Experiment::preset(Task::Iris, "default")?.prepare(3)?;
    let mut builder = Network::builder();
    let lif = Neuron::leaky_integrate_and_fire().rest(1.1);
    let input = builder.input("input", prepared.network.n_channels());
    let hidden = builder.population("hidden", 6, lif.clone());
    let output = builder.population("output", 3, lif);
    let readout = builder.population("readout", 2, Neuron::leaky_integrator().rest(0.5));
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    builder.connect(input, hidden, normal(0.1, 0.1));
    builder.connect(hidden, output, normal(0.05, 0.05));
    builder.connect(hidden, readout, normal(0.2, 0.1));
    let network = builder.build()?;
    let loss = FirstSpikeCrossEntropy::new(output, 0.5)?;
    let settings = TrainerSettings::new(60.0);
    let mut host = Trainer::new(network.clone(), cpu.clone(), loss, settings.clone(), 1)?;
    let mut device = Trainer::new(network.clone(), gpu.clone(), loss, settings, 1)?;
    let start = host.parameters().values().to_vec();
    let batch = prepared.train.select(&(0..16).collect::<Vec<_>>());
    for _ in 0..3 {
        host.step(&batch)?;
        device.step(&batch)?;
    }
    let values = host.parameters().values();
    let (moved, apart) = (
        largest(values, &start),
        largest(values, device.parameters().values()),
    );
    assert!(
        moved > 0.0 && apart < 1e-2 * moved,
        "{apart:e} of {moved:e}"
    );
    Ok(())
}

/// What the device's optimiser remembers is part of it: read, and written to another device training.
#[test]
fn a_training_goes_on_from_its_state_with_the_same_bits() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    for rule in ["{ adam = {} }", "{ sgd = { momentum = 0.9 } }"] {
        let experiment = Experiment::preset(Task::Iris, "default")?;
        let experiment = experiment.set(&format!("optimiser.rule={rule}"))?;
        let prepared = experiment.prepare(3)?;
        let mut whole = prepared.trainer(gpu.clone())?;
        whole.epoch(&prepared.train, None)?;
        let expected = whole.epoch(&prepared.train, None)?.loss;
        let mut first = prepared.trainer(gpu.clone())?;
        first.epoch(&prepared.train, None)?;
        first.epoch_until(&prepared.train, None, |batch| match batch.batch {
            3 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
        let state = first.state()?;
        assert_eq!(state.optimiser.steps, 9);
        let mut second = prepared.trainer(gpu.clone())?;
        second.restore(&state)?;
        assert_eq!(second.epoch(&prepared.train, None)?.loss, expected);
        assert_eq!(second.parameters(), whole.parameters());
        // The first goes on as well, and a device training can be set back.
        first.epoch(&prepared.train, None)?;
        first.restore(&state)?;
        assert_eq!(first.state()?, state);
        first.epoch(&prepared.train, None)?;
        assert_eq!(first.parameters(), whole.parameters());
        let mut forgetful = prepared.trainer(gpu.clone())?;
        forgetful.restore(&TrainerState {
            optimiser: OptimiserState::default(),
            ..state
        })?;
        forgetful.epoch(&prepared.train, None)?;
        assert_ne!(forgetful.parameters(), whole.parameters());
    }
    // Of each epoch that ends one batch is simulated once more, to tell who is silent. Steps stay on the device: through the
    // host each of the four would be a simulation and a gradient.
    let epochs = 2 * 7;
    let simulated = gpu.statistics().dispatches / epochs;
    assert_eq!(gpu.statistics().dispatches, simulated * epochs);
    assert!(
        (1..16).contains(&simulated),
        "{simulated} dispatches an epoch"
    );
    Ok(())
}

/// Ten hidden neurons that are held down never fire; the three outputs are driven and do.
#[test]
fn raised_neurons_are_counted_on_the_device() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let experiment = Experiment::preset(Task::Iris, "default")?.set("layers.0.weight_mean=-9")?;
    let prepared = experiment.prepare(3)?;
    let batch = prepared.train.select(&[0, 1, 2]);
    assert_eq!(
        prepared.trainer(gpu.clone())?.step(&batch)?.raised_neurons,
        10
    );
    let mut plain = experiment;
    plain.guards.raise_silent = None;
    let prepared = plain.prepare(3)?;
    assert_eq!(
        prepared.trainer(gpu.clone())?.step(&batch)?.raised_neurons,
        0
    );
    Ok(())
}

/// Thresholds, time constants, delays, penalties, clipped gradients: none of it goes through the host.
#[test]
fn experiments_stay_on_the_device() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let train = "layers.0.train={ thresholds = 0.1, tau_membrane = 0.1, tau_synapse = 0.1 }";
    let surplus = "penalties=[{ kind = \"surplus_spikes\", strength = 1e-4, allowance = 1 }]";
    for (preset, changes) in [
        ("default", vec![train]),
        ("default", vec![train, surplus, "guards.clip_norm=0.1"]),
        ("default", vec!["loss={ kind = \"final_voltage\" }"]),
        ("delays", vec![]),
    ] {
        let mut experiment = Experiment::preset(Task::YinYang, preset)?;
        for change in &changes {
            experiment = experiment.set(change)?;
        }
        let prepared = experiment.prepare(0)?;
        let mut trainer = prepared.trainer(gpu.clone())?;
        let before = trainer.parameters().clone();
        trainer.step(&prepared.train.select(&(0..8).collect::<Vec<_>>()))?;
        assert_ne!(*trainer.parameters(), before, "{preset} {changes:?}");
        assert_eq!(gpu.statistics().dispatches, 0, "{preset} {changes:?}");
    }
    // Forward propagation has no session.
    let experiment = Experiment::preset(Task::Xor, "paper")?.set("method=\"forward\"")?;
    let prepared = experiment.prepare(0)?;
    prepared.trainer(gpu.clone())?.step(&prepared.train)?;
    assert!(gpu.statistics().dispatches > 0);
    Ok(())
}

#[test]
fn parameters_written_on_the_host_reach_the_device() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let prepared = Experiment::preset(Task::Xor, "paper")?.prepare(1)?;
    let mut trainer = prepared.trainer(gpu.clone())?;
    trainer.step(&prepared.train)?;
    let kept = trainer.parameters().values().to_vec();
    let loss = trainer.step(&prepared.train)?.loss;
    trainer.parameters_mut().values_mut().copy_from_slice(&kept);
    assert_eq!(trainer.step(&prepared.train)?.loss, loss);
    assert_eq!(gpu.name(), "gpu");
    Ok(())
}

#[test]
fn training_on_largest_voltages_takes_the_steps_of_the_cpu() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let cpu = CpuEngine::new();
    let experiment = Experiment::preset(Task::Iris, "default")?;
    let prepared = experiment.set("loss={ kind = \"maximum\" }")?.prepare(3)?;
    let mut host = prepared.trainer(cpu.clone())?;
    let mut device = prepared.trainer(gpu.clone())?;
    let start = host.parameters().values().to_vec();
    for step in 0..4 {
        let samples: Vec<usize> = (16 * step..16 * step + 16).collect();
        let batch = prepared.train.select(&samples);
        let (on_cpu, on_gpu) = (host.step(&batch)?, device.step(&batch)?);
        assert!((on_cpu.loss - on_gpu.loss).abs() < 1e-5 * on_cpu.loss);
        assert_eq!(on_cpu.n_correct, on_gpu.n_correct);
    }
    let values = host.parameters().values();
    let moved = largest(values, &start);
    let apart = largest(values, device.parameters().values());
    println!("moved {moved:.1e}, apart {apart:.1e}");
    assert!(moved > 0.0 && apart < 1e-2 * moved);
    assert_eq!(gpu.statistics().dispatches, 0);
    Ok(())
}
