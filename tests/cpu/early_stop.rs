//! Ending samples early must not change a gradient that looks at first spikes only.

use ndarray::Array2;
use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::loss::{FirstSpikeCrossEntropy, Loss};
use spikefront::network::{Network, Neuron, PopulationId, Projection};
use spikefront::{Engine, GradientOptions, Problem, Result, SimulationOptions, Stop};

fn network() -> Result<(Network, PopulationId)> {
    let mut network = Network::builder();
    let input = network.input("input", 3);
    let neuron = Neuron::leaky_integrate_and_fire();
    let hidden = network.population("hidden", 6, neuron.clone());
    let output = network.population("output", 2, neuron);
    let weight =
        |(source, target): (usize, usize)| 0.2 + 0.03 * ((5 * source + 3 * target) % 7) as f64;
    network.connect(
        input,
        hidden,
        Projection::dense(Array2::from_shape_fn((3, 6), weight)).delay(0.5),
    );
    network.connect(
        hidden,
        output,
        Projection::dense(Array2::from_shape_fn((6, 2), weight)).delay(1.0),
    );
    Ok((network.build()?, output))
}

/// Samples that are done early and late, in one batch that is worked on together.
fn inputs() -> Result<SpikeBatch> {
    let mut inputs = SpikeBatch::new();
    for sample in 0..24 {
        let start = f64::from((7 * sample) % 24);
        let times: Vec<Vec<f64>> = (0..3)
            .map(|k| vec![start + f64::from(k), 30.0 + f64::from(k)])
            .collect();
        inputs.push_channels(&times)?;
    }
    Ok(inputs)
}

#[test]
fn gradients_are_the_same_when_samples_end_early() -> Result<()> {
    let (network, output) = network()?;
    let (parameters, inputs) = (network.parameters(0), inputs()?);
    let labels: Vec<usize> = (0..inputs.n_samples()).map(|sample| sample % 2).collect();
    let loss = FirstSpikeCrossEntropy::new(output, 2.0)?.reward_early(0.1, 10.0)?;
    let engine = CpuEngine::new();
    let gradient = |stop, longest_window| -> Result<(Vec<f64>, usize)> {
        let options = SimulationOptions::new(60.0)
            .stop(stop)
            .longest_window(longest_window);
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let value = loss.evaluate(&network, &recording, &labels)?;
        let options = GradientOptions::default().delays(true).thresholds(true);
        let gradient = engine.gradient(&problem, &recording, &value.cotangent, &options)?;
        Ok((gradient.parameters, recording.n_spikes()))
    };
    let (whole, n_spikes) = gradient(Stop::AtDuration, f64::MAX)?;
    let largest = whole.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    assert!(largest > 1e-3, "the case must have a gradient");
    for window in [f64::MAX, 7.0, 2.0] {
        let (early, fewer) = gradient(Stop::AfterFirstSpikes(output), window)?;
        assert!(
            window > 60.0 || fewer < n_spikes,
            "samples must end early for this to test anything"
        );
        for (x, y) in early.iter().zip(&whole) {
            assert!(
                (x - y).abs() <= 1e-12 * largest,
                "window {window}: {x}, not {y}"
            );
        }
    }
    Ok(())
}
