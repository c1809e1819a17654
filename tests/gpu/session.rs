//! Training that stays on the device against training on the CPU.

use spikefront::cpu::CpuEngine;
use spikefront::train::{Experiment, Task};
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
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    for (task, preset) in [
        (Task::Xor, "paper"),
        (Task::Iris, "paper"),
        (Task::Iris, "default"),
        (Task::YinYang, "paper"),
    ] {
        let prepared = Experiment::preset(task, preset)?.prepare(3)?;
        let mut host = prepared.trainer(&cpu)?;
        let mut device = prepared.trainer(&gpu)?;
        let start = host.parameters().clone();
        for step in 0..4 {
            let n = prepared.train.n_samples();
            let samples: Vec<usize> = (0..16).map(|k| (k + 16 * step) % n).collect();
            let batch = prepared.train.select(&samples);
            let (on_cpu, on_gpu) = (host.step(&batch)?, device.step(&batch)?);
            assert!((on_cpu.loss - on_gpu.loss).abs() < 1e-4 * on_cpu.loss.abs());
            assert_eq!(on_cpu.n_correct, on_gpu.n_correct);
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

#[test]
fn parameters_written_on_the_host_reach_the_device() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let prepared = Experiment::preset(Task::Xor, "paper")?.prepare(1)?;
    let mut trainer = prepared.trainer(&gpu)?;
    trainer.step(&prepared.train)?;
    let kept = trainer.parameters().values().to_vec();
    let loss = trainer.step(&prepared.train)?.loss;
    trainer.parameters_mut().values_mut().copy_from_slice(&kept);
    assert_eq!(trainer.step(&prepared.train)?.loss, loss);
    assert_eq!(gpu.name(), "gpu");
    Ok(())
}
