//! How long sensitivities take in blocks and one by one, in turn, by the device's clock.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::{Carry, GpuEngine, GpuOptions};
use spikefront::network::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::common::cotangent;
use crate::device::gpu_with;

const TURNS: usize = 2;
/// In ms: of the 100 of `spikefront bench networks` a software driver did not end a turn in 13 minutes.
const DURATION: f64 = 30.0;

/// Seconds in kernels of sensitivities, of a gradient by all weights of recurrent-256 as `spikefront bench networks` has it, but for its
/// duration.
fn seconds(gpu: &GpuEngine) -> Result<f64> {
    let normal =
        |mean: f64, deviation: f64| Projection::random(Distribution::Normal { mean, deviation });
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0));
    let mut builder = Network::builder();
    let input = builder.input("input", 100);
    let hidden = builder.population("hidden", 256, neuron);
    builder.connect(input, hidden, normal(0.006, 0.006));
    builder.connect(hidden, hidden, normal(0.0, 0.01).delay(2.0));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    let spikes: Vec<Spike> = (0..(5.0 * DURATION) as usize)
        .map(|ix| Spike {
            unit: ix * 37 % 100,
            time: 0.2 * ix as f64,
        })
        .collect();
    inputs.push_sample(&spikes)?;
    let parameters = network.parameters(1);
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &SimulationOptions::new(DURATION),
    };
    let recording = CpuEngine::new().simulate(&problem)?;
    let cotangent = cotangent(&recording, 1);
    let options = GradientOptions::default().method(Method::Forward);
    gpu.take_profile();
    gpu.gradient(&problem, &recording, &cotangent, &options)?;
    let profile = gpu.take_profile();
    let times = ["sensitivity", "sensitivity_tiled"].map(|kernel| {
        let time = profile.get(kernel);
        time.map_or(0.0, |time| time.seconds)
    });
    println!("{} spikes: {times:?} s", recording.n_spikes());
    Ok(times.iter().sum())
}

#[test]
#[ignore = "measures; minutes on a software driver"]
fn blocks_are_three_times_as_fast_as_one_by_one() -> Result<()> {
    let options = GpuOptions::default().profiled(true);
    let (Some(blocks), Some(each)) = (gpu_with(&options), gpu_with(&options)) else {
        return Ok(());
    };
    each.carry(Carry::Each);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (times, gpu) in times.iter_mut().zip([&each, &blocks]) {
            times.push(seconds(gpu)?);
        }
    }
    let [each, blocks] = times.map(|times| times.iter().sum::<f64>() / TURNS as f64);
    println!(
        "means of {TURNS}: one by one {each:.2} s, in blocks {blocks:.2} s, ratio {:.1}",
        each / blocks
    );
    assert!(each > 3.0 * blocks);
    Ok(())
}
