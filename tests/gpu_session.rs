//! Training that stays on the device against training on the CPU.

use spikefront::cpu::CpuEngine;
use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::session::{DeviceLoss, DeviceOptimiser, SessionPlan};
use spikefront::train::{Experiment, Task};
use spikefront::{Engine, Result};

#[test]
fn steps_on_the_device_are_those_of_the_cpu() -> Result<()> {
    let gpu = GpuEngine::new(&GpuOptions::default())?;
    let cpu = CpuEngine::new();
    for task in [Task::YinYang, Task::Digits, Task::Xor, Task::Iris] {
        let experiment = Experiment::preset(task, "default")?;
        let prepared = experiment.prepare(3)?;
        let mut trainer = prepared.trainer(&cpu)?;
        let start = trainer.parameters().clone();
        let loss = experiment.loss;
        let settings = experiment.trainer_settings();
        let plan = SessionPlan {
            network: &prepared.network,
            parameters: &start,
            simulation: &settings.simulation,
            slope_floor: experiment.slope_floor,
            loss: DeviceLoss::FirstSpike {
                population: prepared.output,
                scale: loss.scale,
                early: loss.early.map(|early| (early.strength, early.scale)),
                leaves_out_silent: loss.leave_out_silent,
            },
            optimiser: DeviceOptimiser::Adam {
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
            },
        };
        let mut session = gpu.session(&plan)?.expect("the GPU has sessions");
        for step in 0..6 {
            let n = prepared.train.n_samples();
            let samples: Vec<usize> = (0..32).map(|k| (k + 32 * step) % n).collect();
            let batch = prepared.train.select(&samples);
            let on_cpu = trainer.step(&batch)?;
            let on_gpu = session.step(batch.inputs(), batch.labels(), experiment.learning_rate)?;
            println!(
                "{task:?} {step}: {} {} | {} {}",
                on_cpu.loss, on_gpu.loss, on_cpu.n_correct, on_gpu.n_correct
            );
        }
        let found = session.parameters()?;
        let moved = trainer
            .parameters()
            .values()
            .iter()
            .zip(start.values())
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f64::max);
        let worst = trainer
            .parameters()
            .values()
            .iter()
            .zip(&found)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f64::max);
        println!("{task:?}: moved {moved:e}, worst {worst:e}");
    }
    println!("{:?}", gpu.statistics());
    Ok(())
}
