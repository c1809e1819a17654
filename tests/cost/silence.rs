//! A run costs what happens in it, not how many time constants it lasts.

use std::time::{Duration, Instant};

use ndarray::arr2;
use spikefront::case::Comparison;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, PerNeuron, Projection, Reset};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use super::fault;

/// Silence took minutes to years; this is generous for a busy machine.
const MOST: Duration = Duration::from_secs(10);

/// Two neurons in a loop without delay, with input at the start and at the end of a long run.
fn run(
    neuron: Neuron,
    duration: f64,
    kernel: Kernel,
    then: impl FnOnce(&dyn Engine, &Problem<'_>, &Recording) -> Result<()>,
) -> Result<Recording> {
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let pair = builder.population("pair", 2, neuron);
    builder.connect(input, pair, Projection::dense(arr2(&[[4000.0, 3000.0]])));
    let inward = Projection::dense(arr2(&[[0.0, 100.0], [-100.0, 0.0]]));
    builder.connect(pair, pair, inward);
    let network = builder.build()?;
    let parameters = network.parameters(0);
    let mut inputs = SpikeBatch::new();
    let times = [1.0, 1.002, 0.5 * duration, duration - 1.0];
    inputs.push_sample(&times.map(|time| Spike { unit: 0, time }))?;
    let options = SimulationOptions::new(duration);
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let engine = CpuEngine::new().kernel(kernel);
    let recording = engine.simulate(&problem)?;
    then(&engine, &problem, &recording)?;
    Ok(recording)
}

fn neuron() -> Neuron {
    Neuron::leaky_integrate_and_fire()
        .tau_membrane(1e-3)
        .tau_synapse(2e-3)
}

fn held() -> Reset {
    Reset::To {
        potential: 0.0.into(),
        refractory: 1e4.into(),
    }
}

#[test]
fn a_loop_without_delay_looks_over_silence_at_once() -> Result<()> {
    let start = Instant::now();
    for (name, neuron) in [
        ("subtract", neuron()),
        ("held", neuron().reset(held())),
        ("near the threshold", neuron().rest(0.999_999)),
        ("slow synapses", neuron().tau_synapse(0.02)),
    ] {
        // 10^10 membrane time constants.
        let auto = run(neuron.clone(), 1e7, Kernel::Auto, |_, _, _| Ok(()))?;
        let plain = run(neuron, 1e7, Kernel::Plain, |_, _, _| Ok(()))?;
        assert!(auto.n_spikes() >= 6, "{name}: {}", auto.n_spikes());
        assert_eq!(auto.neurons(), plain.neurons(), "{name}");
        for (x, y) in auto.times().iter().zip(plain.times()) {
            assert!((x - y).abs() <= 1e-12 * y, "{name}: {x} {y}");
        }
    }
    println!("{:?}", start.elapsed());
    assert!(start.elapsed() < MOST);
    Ok(())
}

/// Spikes of driven neurons many time constants apart, where no arrival ends a look.
#[test]
fn driven_neurons_fire_in_the_midst_of_a_long_look() -> Result<()> {
    for drive in [1.0 + 1e-9, 1.5] {
        let neuron = neuron().rest(drive).reset(held());
        let auto = run(neuron, 1e6, Kernel::Auto, |_, _, _| Ok(()))?;
        for neuron in 0..2 {
            let spikes = auto.sample(0).filter(|spike| spike.unit == neuron);
            let times: Vec<f64> = spikes.map(|spike| spike.time).collect();
            for pair in times.windows(2) {
                let interval = pair[1] - pair[0];
                assert!((1e4..1e4 + 1.0).contains(&interval), "{drive}: {pair:?}");
            }
            assert!(times.len() > 90 && times[times.len() - 1] > 0.98e6);
        }
    }
    Ok(())
}

#[test]
fn forward_propagation_passes_silence_in_one_step() -> Result<()> {
    let start = Instant::now();
    let own = PerNeuron::Each(vec![1e-3, 1.5e-3]);
    for neuron in [neuron(), neuron().tau_membrane(own)] {
        let check = |engine: &dyn Engine, problem: &Problem<'_>, recording: &Recording| {
            let mut cotangent = Cotangent::zeros(recording);
            for (ix, value) in cotangent.spike_times.iter_mut().enumerate() {
                *value = 1.0 + 0.1 * ix as f64;
            }
            let gradient = |method, tile_memory| {
                let options = GradientOptions::everything(method).tile_memory(tile_memory);
                engine.gradient(problem, recording, &cotangent, &options)
            };
            let forward = gradient(Method::Forward, 256 << 20)?;
            let adjoint = gradient(Method::Adjoint, 256 << 20)?;
            let x = forward.parameters.iter().chain(&forward.input_times);
            let y = adjoint.parameters.iter().chain(&adjoint.input_times);
            for (x, y) in x.zip(y) {
                assert!((x - y).abs() <= 1e-10 * y.abs().max(1e-3), "{x} {y}");
            }
            // A column's bits do not depend on its tile.
            assert_eq!(gradient(Method::Forward, 1)?, forward);
            Ok(())
        };
        let recording = run(neuron, 1e7, Kernel::Auto, check)?;
        assert!(recording.n_spikes() >= 6, "{}", recording.n_spikes());
    }
    println!("{:?}", start.elapsed());
    assert!(start.elapsed() < MOST);
    Ok(())
}

#[test]
fn a_tiny_time_constant_does_not_stop_forward_propagation() -> Result<()> {
    let start = Instant::now();
    let case = fault("forward-tiny-tau-hang.json")?;
    let forward = case.run(&CpuEngine::new(), Method::Forward)?;
    let adjoint = case.run(&CpuEngine::new(), Method::Adjoint)?;
    assert_eq!(forward.spikes, adjoint.spikes);
    assert!(Comparison::new(&forward, &adjoint)?.largest_relative() < 1e-12);
    assert!(start.elapsed() < MOST);
    Ok(())
}
