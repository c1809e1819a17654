//! Training of a network with an excitatory and an inhibitory receptor, and time constants a thousandfold apart, on both engines.

use std::sync::Arc;

use spikefront::cpu::CpuEngine;
use spikefront::loss::FirstSpikeCrossEntropy;
use spikefront::network::{Distribution, Network, Neuron, PopulationId, Projection};
use spikefront::train::{Experiment, Task, Trainer, TrainerSettings};
use spikefront::{Engine, GradientOptions, Method, Result};

use crate::agreement::{differences, is_green, quantiles};
use crate::common::{Drawn, cotangent, draw_with_receptors};
use crate::device::gpu;

fn classifier(n_channels: usize) -> Result<(Network, PopulationId)> {
    let mut builder = Network::builder();
    let lif = |taus: [f64; 2]| Neuron::leaky_integrate_and_fire().rest(0.6).receptors(taus);
    let input = builder.input("input", n_channels);
    let hidden = builder.population("hidden", 8, lif([5.0, 10.0]));
    let output = builder.population("output", 3, lif([3.0, 12.0]));
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    builder.connect(input, hidden, normal(0.12, 0.1));
    builder.connect(input, hidden, normal(-0.02, 0.02).receptor(1));
    builder.connect(hidden, output, normal(0.12, 0.05));
    builder.connect(hidden, output, normal(-0.02, 0.02).receptor(1));
    builder.connect(hidden, hidden, normal(-0.05, 0.02).receptor(1).delay(1.0));
    Ok((builder.build()?, output))
}

/// How far the CPU's training moved weights, and how far apart the engines' weights are then.
fn moved_and_apart(gpu: &Arc<spikefront::gpu::GpuEngine>) -> Result<(f64, f64)> {
    let prepared = Experiment::preset(Task::Iris, "default")?.prepare(3)?;
    let (network, output) = classifier(prepared.network.n_channels())?;
    let loss = FirstSpikeCrossEntropy::new(output, 0.5)?;
    let settings = TrainerSettings::new(60.0);
    let mut host = Trainer::new(network.clone(), CpuEngine::new(), loss, settings.clone(), 1)?;
    let mut device = Trainer::new(network, gpu.clone(), loss, settings, 1)?;
    let start = host.parameters().values().to_vec();
    for step in 0..6 {
        let batch = prepared
            .train
            .select(&(16 * step..16 * step + 16).collect::<Vec<_>>());
        host.step(&batch)?;
        device.step(&batch)?;
    }
    let largest = |x: &[f64], y: &[f64]| {
        let pairs = x.iter().zip(y).map(|(x, y)| (x - y).abs());
        pairs.fold(0.0, f64::max)
    };
    let values = host.parameters().values();
    let apart = largest(values, device.parameters().values());
    Ok((largest(values, &start), apart))
}

#[test]
fn it_takes_the_steps_of_the_cpu_and_stays_on_the_device() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let (moved, apart) = moved_and_apart(&gpu)?;
    println!("moved {moved:.1e}, apart {apart:.1e}");
    assert!(moved > 0.0 && apart < 1e-2 * moved);
    // Nothing went through recordings on the host: the engine itself was not asked for one.
    assert_eq!(gpu.statistics().dispatches, 0);
    Ok(())
}

/// A feed-forward or recurrent network whose last receptor is a thousand times slower or faster than the first.
fn apart_by(seed: u64, ratio: f64) -> Result<Drawn> {
    let mut drawn = draw_with_receptors(seed, 2)?;
    for id in drawn.network.population_ids().collect::<Vec<_>>() {
        let layout = drawn.network.layout();
        let first = layout.tau_synapse(id, 0).expect("it has one");
        let tau = drawn.parameters.values()[first.start];
        let second = layout.tau_synapse(id, 1).expect("it has two");
        drawn.parameters.values_mut()[second].fill(ratio * tau);
    }
    Ok(drawn)
}

#[test]
fn time_constants_a_thousandfold_apart_agree_with_the_cpu() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let cpu = CpuEngine::new();
    for ratio in [1e-3, 1e3] {
        let (mut errors, mut compared) = (Vec::new(), 0);
        for seed in 0..40 {
            let drawn = apart_by(seed, ratio)?;
            let problem = drawn.problem();
            let recording = gpu.simulate(&problem)?;
            if cpu.simulate(&problem)?.neurons() != recording.neurons() {
                continue;
            }
            compared += 1;
            let cotangent = cotangent(&recording, seed);
            let options = GradientOptions::everything(Method::Adjoint).slope_floor(0.01);
            let exact = cpu.gradient(&problem, &recording, &cotangent, &options)?;
            let found = gpu.gradient(&problem, &recording, &cotangent, &options)?;
            differences(&exact.parameters, &found.parameters, &mut errors);
        }
        let n = errors.len();
        let found = quantiles(errors);
        println!(
            "{ratio}: {compared} networks, {n} entries, median {:.1e}, 99.9th percentile {:.1e}",
            found.median, found.most
        );
        assert!(is_green(&found) && compared >= 36, "{ratio}: {compared}");
    }
    Ok(())
}
