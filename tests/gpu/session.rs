//! Training that stays on the device against training on the CPU.

use spikefront::cpu::CpuEngine;
use spikefront::session::{DeviceLoss, DeviceOptimiser, SessionPlan};
use spikefront::train::{Experiment, Task};
use spikefront::{Engine, Result};

use crate::device::gpu;

#[test]
fn steps_on_the_device_are_those_of_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    for task in [Task::Xor, Task::Iris] {
        let experiment = Experiment::preset(task, "paper")?;
        let prepared = experiment.prepare(3)?;
        let mut trainer = prepared.trainer(&cpu)?;
        let start = trainer.parameters().clone();
        let settings = experiment.trainer_settings();
        let plan = SessionPlan {
            network: &prepared.network,
            parameters: &start,
            simulation: &settings.simulation,
            slope_floor: experiment.slope_floor,
            loss: DeviceLoss::FirstSpike {
                population: prepared.output,
                scale: experiment.loss.scale,
                early: experiment
                    .loss
                    .early
                    .map(|early| (early.strength, early.scale)),
                leaves_out_silent: experiment.loss.leave_out_silent,
            },
            optimiser: DeviceOptimiser::Adam {
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
            },
        };
        let mut session = gpu.session(&plan)?.expect("the GPU has sessions");
        for step in 0..5 {
            let n = prepared.train.n_samples();
            let samples: Vec<usize> = (0..16).map(|k| (k + 16 * step) % n).collect();
            let batch = prepared.train.select(&samples);
            let on_cpu = trainer.step(&batch)?;
            let on_gpu = session.step(batch.inputs(), batch.labels(), experiment.learning_rate)?;
            assert!((on_cpu.loss - on_gpu.loss).abs() < 1e-4 * on_cpu.loss.abs());
            assert_eq!(on_cpu.n_correct, on_gpu.n_correct);
        }
        let found = session.parameters()?;
        let largest = |x: &[f64], y: &[f64]| {
            x.iter()
                .zip(y)
                .map(|(x, y)| (x - y).abs())
                .fold(0.0, f64::max)
        };
        let values = trainer.parameters().values();
        let (moved, apart) = (largest(values, start.values()), largest(values, &found));
        assert!(
            moved > 0.0 && apart < 1e-3 * moved,
            "{task:?}: {apart:e} of {moved:e}"
        );
    }
    Ok(())
}
