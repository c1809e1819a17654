//! What must not depend on how long a run is.

use ndarray::{Array2, array};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{Engine, Problem, Result, SimulationOptions};

use crate::device::gpu;

/// The input repeats with this period, in ms, far longer than a neuron remembers.
const PERIOD: f64 = 100.0;
const PERIODS: usize = 20;

/// Spike times of a network on both engines, neuron by neuron.
fn both(
    gpu: &dyn Engine,
    network: &Network,
    spikes: &[Spike],
    duration: f64,
) -> Result<Vec<(f64, f64)>> {
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(spikes)?;
    let (parameters, options) = (network.parameters(0), SimulationOptions::new(duration));
    let problem = Problem {
        network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let by_neuron = |engine: &dyn Engine| -> Result<Vec<(usize, f64)>> {
        let recording = engine.simulate(&problem)?;
        let mut spikes: Vec<_> = recording.sample(0).map(|s| (s.unit, s.time)).collect();
        spikes.sort_by_key(|spike| spike.0);
        Ok(spikes)
    };
    let (x, y) = (by_neuron(&CpuEngine::new())?, by_neuron(gpu)?);
    assert_eq!(x.len(), y.len(), "{duration} ms");
    assert!(x.iter().zip(&y).all(|(x, y)| x.0 == y.0));
    Ok(x.iter().zip(&y).map(|(x, y)| (x.1, y.1)).collect())
}

#[test]
fn late_spikes_are_as_precise_as_early_ones() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let weights = |rows: usize, columns: usize, scale: f64| {
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            scale * (1.0 + 0.07 * (3 * row + 5 * column) as f64)
        })
    };
    let mut builder = Network::builder();
    let input = builder.input("input", 3);
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(10.0)
        .tau_synapse(4.0);
    let hidden = builder.population("hidden", 12, neuron.clone());
    let output = builder.population("output", 3, neuron);
    builder.connect(
        input,
        hidden,
        Projection::dense(weights(3, 12, 0.28)).delay(0.3),
    );
    builder.connect(hidden, output, Projection::dense(weights(12, 3, 0.06)));
    let network = builder.build()?;
    let spikes: Vec<Spike> = (0..PERIODS * 9)
        .map(|k| Spike {
            unit: k % 3,
            time: (k / 9) as f64 * PERIOD + 1.7 + 3.3 * (k % 9) as f64,
        })
        .collect();
    let duration = PERIODS as f64 * PERIOD;
    let times = both(&gpu, &network, &spikes, duration)?;
    let median = |from: f64, to: f64| {
        let pairs = times.iter().filter(|pair| pair.0 >= from && pair.0 < to);
        let mut errors: Vec<f64> = pairs.map(|(x, y)| (x - y).abs()).collect();
        errors.sort_by(f64::total_cmp);
        errors[errors.len() / 2]
    };
    let (early, late) = (
        median(0.0, 2.0 * PERIOD),
        median(duration - 2.0 * PERIOD, duration),
    );
    println!(
        "{} spikes: early {early:.1e} ms, late {late:.1e} ms",
        times.len()
    );
    assert!(late < 3.0 * early, "{late:e} against {early:e}");
    Ok(())
}

/// A peak between the last arrival and the end, where both terms have decayed to less than the
/// rounding of the start.
#[test]
fn a_long_silence_hides_no_spike() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(vec![10.0, 7.0, 3.0])
        .tau_synapse(vec![5.0, 0.3, 3.0])
        .initial(vec![0.0, 0.9, 0.5]);
    let neurons = builder.population("neurons", 3, neuron);
    builder.connect(input, neurons, Projection::dense(array![[0.8, 1.0, 0.9]]));
    let network = builder.build()?;
    let arrival = [Spike { unit: 0, time: 1.0 }];
    let short = both(&gpu, &network, &arrival, 50.0)?;
    assert!(!short.is_empty());
    for duration in [250.0, 1_000.0, 10_000.0] {
        assert_eq!(both(&gpu, &network, &arrival, duration)?.len(), short.len());
    }
    Ok(())
}
