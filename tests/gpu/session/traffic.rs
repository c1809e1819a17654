//! What the host and the device send each other at a step.

use std::sync::Arc;

use spikefront::event::Recording;
use spikefront::gpu::GpuEngine;
use spikefront::loss::{FirstSpikeCrossEntropy, Loss};
use spikefront::network::{Network, PopulationId};
use spikefront::optim::OptimiserSettings;
use spikefront::session::{
    BatchOutcome, HostLoss, Judged, SessionLoss, SessionPlan, Step, TrainedTensor, Transform,
};
use spikefront::train::{Experiment, Task};
use spikefront::{Cotangent, Engine, GradientOptions, Problem, Result, SimulationOptions};

use crate::device::{gpu, gpu_with, webgpu};

/// The cross-entropy of first spikes, judged on the host.
struct OnHost {
    network: Arc<Network>,
    loss: Arc<dyn Loss>,
}

impl HostLoss for OnHost {
    fn populations(&self) -> Vec<PopulationId> {
        self.loss.looks_at(&self.network)
    }

    fn judge(&self, recording: &Recording, labels: &[usize]) -> Result<Judged> {
        let value = self.loss.evaluate(&self.network, recording, labels)?;
        Ok(Judged {
            loss: value.mean,
            n_correct: value.n_correct(labels),
            derivatives: value.cotangent.entries().collect(),
        })
    }
}

/// A step of Yin-Yang with everything trained, after others that have found all room: with the loss on the device, and on the host.
fn steps(gpu: &GpuEngine, n_hidden: usize, n_samples: usize) -> Result<(usize, [BatchOutcome; 2])> {
    let experiment = Experiment::preset(Task::YinYang, "default")?;
    let prepared = experiment
        .set(&format!("layers.0.size={n_hidden}"))?
        .prepare(0)?;
    let network = &prepared.network;
    let batch = prepared.train.select(&(0..n_samples).collect::<Vec<_>>());
    let parameters = network.parameters(0);
    let loss = FirstSpikeCrossEntropy::new(network.population_named("output")?, 2.0)?;
    let tensors = network.layout().tensors().iter();
    let trained: Vec<TrainedTensor> = tensors
        .map(|tensor| TrainedTensor {
            range: tensor.range.clone(),
            multiple: 1.0,
            transform: Transform::Identity,
        })
        .collect();
    let run = |loss: SessionLoss| -> Result<BatchOutcome> {
        let plan = SessionPlan {
            network,
            parameters: &parameters,
            simulation: &SimulationOptions::new(40.0),
            slope_floor: 1e-3,
            loss: &loss,
            optimiser: OptimiserSettings::ADAM.on_device(),
            trained: &trained,
            clip_norm: None,
            raise_directions: &[],
        };
        let mut session = gpu.session(&plan)?.expect("the GPU engine has sessions");
        let step = Step {
            rate: 1e-4,
            raise_silent: 0.0,
        };
        for _ in 0..2 {
            session.step(batch.inputs(), batch.labels(), step)?;
        }
        session.step(batch.inputs(), batch.labels(), step)
    };
    let on_device = run(SessionLoss::Device(
        loss.on_device().expect("it has a form"),
    ))?;
    let on_host = run(SessionLoss::Host(Arc::new(OnHost {
        network: network.clone(),
        loss: Arc::new(loss),
    })))?;
    Ok((parameters.values().len(), [on_device, on_host]))
}

#[test]
fn no_parameters_go_to_and_fro() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let (few, narrow) = steps(&gpu, 100, 50)?;
    let (many, wide) = steps(&gpu, 400, 50)?;
    assert!(many > 3 * few);
    for ([narrow, wide], what) in [
        ([narrow[0], wide[0]], "device"),
        ([narrow[1], wide[1]], "host"),
    ] {
        println!(
            "loss on the {what}: {} bytes read and {} written with {few} parameters, {} and {} with {many}",
            narrow.bytes_read, narrow.bytes_written, wide.bytes_read, wide.bytes_written,
        );
        assert_eq!(narrow.bytes_read, wide.bytes_read);
        // Longer lists of arrivals may take a dispatch more.
        assert!(wide.bytes_written - narrow.bytes_written < 1024);
    }
    // Two numbers for each sample; counters, the norm, and the shortest and longest of time constants and delays.
    assert!(narrow[0].bytes_read < 8 * 50 + 256);
    // Beside that the spikes of three outputs, of which each could fire a dozen times.
    assert!(narrow[1].bytes_read < 50 * 3 * 13 * 12 + 512);
    let apart = narrow[0].loss - narrow[1].loss;
    assert!(apart.abs() < 1e-3 * narrow[1].loss);
    Ok(())
}

/// How often the host writes to the device and hands commands over does not grow with the batch.
#[test]
fn steps_of_larger_batches_ask_for_no_more_calls() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let (_, small) = steps(&gpu, 20, 5)?;
    let (_, large) = steps(&gpu, 20, 120)?;
    let most = [(6, 2), (9, 3)];
    for ((small, large), (writes, submissions)) in small.into_iter().zip(large).zip(most) {
        let calls = |of: BatchOutcome| (of.writes, of.submissions);
        println!("{:?} of 5 samples, {:?} of 120", calls(small), calls(large));
        assert!(large.bytes_written > small.bytes_written, "a larger batch");
        assert_eq!(calls(small), calls(large));
        assert!(large.writes <= writes && large.submissions <= submissions);
    }
    Ok(())
}

/// How often an engine writes and hands over, of a simulation and of an adjoint over so many samples.
fn calls(gpu: &GpuEngine, n_samples: usize) -> Result<[[usize; 2]; 2]> {
    let prepared = Experiment::preset(Task::YinYang, "default")?.prepare(0)?;
    let batch = prepared.train.select(&(0..n_samples).collect::<Vec<_>>());
    let problem = Problem {
        network: &prepared.network,
        parameters: &prepared.network.parameters(0),
        inputs: batch.inputs(),
        options: &SimulationOptions::new(40.0),
    };
    let options = GradientOptions::default();
    // A run before has found all room.
    let recording = gpu.simulate(&problem)?;
    let cotangent = Cotangent::zeros(&recording);
    let mut before = gpu.statistics();
    let mut since = || {
        let now = gpu.statistics();
        let writes = now.writes - before.writes;
        let submissions = now.submissions - before.submissions;
        before = now;
        [writes, submissions]
    };
    gpu.simulate(&problem)?;
    let simulation = since();
    gpu.gradient(&problem, &recording, &cotangent, &options)?;
    Ok([simulation, since()])
}

/// The same of simulations and gradients; samples that do not fit at once are told.
#[test]
fn runs_of_larger_batches_ask_for_no_more_calls() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let (small, large) = (calls(&gpu, 3)?, calls(&gpu, 100)?);
    println!("{small:?} of 3 samples, {large:?} of 100");
    assert_eq!(small, large);
    for [writes, submissions] in large {
        assert!(writes <= 8 && submissions <= 2);
    }
    let Some(tight) = gpu_with(&webgpu().memory(Some(1 << 20))) else {
        return Ok(());
    };
    let (small, large) = (calls(&tight, 3)?, calls(&tight, 100)?);
    let grows = |(small, large): (&[usize; 2], &[usize; 2])| small[1] < large[1];
    assert!(small.iter().zip(&large).all(grows), "{small:?} {large:?}");
    Ok(())
}
