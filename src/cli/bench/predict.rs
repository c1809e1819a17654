//! `bench networks --model`: networks by name and size, counted.

use serde::Serialize;
use spikefront::cpu::CpuEngine;
use spikefront::event::Recording;
use spikefront::gpu::model::{Batch, Device};
use spikefront::{Engine, GradientOptions, Problem, Result};

use super::model::Predicted;
use super::network::Measured;

/// The run that updates weights: a batch alone does not.
pub const UPDATE: &str = "update";

/// A network with a number of samples, as it is predicted.
#[derive(Debug, Clone, Serialize)]
pub struct Prediction {
    pub network: &'static str,
    pub batch: usize,
    pub spikes: usize,
    /// Its runs: a simulation, an adjoint, an update of all weights, and forward propagation of one sample.
    pub runs: Vec<Predicted>,
}

/// Counts a network, simulated by the CPU engine.
pub fn predict(
    engine: &CpuEngine,
    measured: &Measured,
    devices: &[Device],
    with_forward: bool,
) -> Result<Prediction> {
    let problem = measured.problem();
    let recording = engine.simulate(&problem)?;
    Ok(Prediction {
        network: measured.name,
        batch: measured.inputs.n_samples(),
        spikes: recording.n_spikes(),
        runs: runs(&problem, &recording, devices, with_forward)?,
    })
}

/// Counts what a recording of any engine says that a device is asked for.
pub fn runs(
    problem: &Problem<'_>,
    recording: &Recording,
    devices: &[Device],
    with_forward: bool,
) -> Result<Vec<Predicted>> {
    let batch = Batch::new(problem, recording)?;
    let options = GradientOptions::default();
    let mut runs = vec![
        Predicted::new("simulation", &batch.simulation()?, devices),
        Predicted::new("adjoint", &batch.adjoint(&options)?, devices),
        Predicted::new(UPDATE, &batch.update()?, devices),
    ];
    if with_forward {
        let forward = batch.forward(&options)?;
        runs.push(Predicted::new("forward, one sample", &forward, devices));
    }
    Ok(runs)
}

/// For a terminal.
pub fn table(predictions: &[Prediction], devices: &[Device]) -> String {
    let mut text = "Predicted from counts, not measured (docs/cost-model.md).\n".to_owned();
    for prediction in predictions {
        text += &format!(
            "\n{}, batch {}, {} spikes\n",
            prediction.network, prediction.batch, prediction.spikes
        );
        for run in &prediction.runs {
            text += &run.table(devices);
        }
    }
    text
}
