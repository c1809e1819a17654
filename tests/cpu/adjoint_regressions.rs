//! Faults of the adjoint that were found once, kept so that they are found again.

use ndarray::Array2;
use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::{Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{Cotangent, Engine, GradientOptions, Problem, Result, SimulationOptions};

/// One input spike, one neuron of the given time constants, a readout behind it.
fn with_adjoints<T>(
    (tau_membrane, tau_synapse): (f64, f64),
    weight: f64,
    duration: f64,
    look: impl FnOnce(&Problem<'_>, Cotangent) -> Result<T>,
) -> Result<T> {
    let neuron = Neuron::leaky_integrate_and_fire()
        .tau_membrane(tau_membrane)
        .tau_synapse(tau_synapse);
    let one = |weight: f64| Projection::dense(Array2::from_elem((1, 1), weight));
    let mut builder = Network::builder();
    let input = builder.input("input", 1);
    let hidden = builder.population("hidden", 1, neuron);
    let readout = builder.population("readout", 1, Neuron::leaky_integrator());
    builder.connect(input, hidden, one(weight));
    builder.connect(hidden, readout, one(0.5));
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[Spike { unit: 0, time: 0.0 }])?;
    let (parameters, options) = (network.parameters(0), SimulationOptions::new(duration));
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let recording = CpuEngine::new().simulate(&problem)?;
    assert!(recording.n_spikes() > 0, "a silent network shows nothing");
    let mut cotangent = Cotangent::zeros(&recording);
    cotangent.spike_times.fill(1.0);
    cotangent.integrals[0].fill(1.0);
    look(&problem, cotangent)
}

fn weights_alone(kernel: Kernel, problem: &Problem<'_>, cotangent: &Cotangent) -> Result<Vec<f64>> {
    let engine = CpuEngine::new().kernel(kernel);
    let recording = engine.simulate(problem)?;
    let options = GradientOptions::default();
    Ok(engine
        .gradient(problem, &recording, cotangent, &options)?
        .parameters)
}

#[test]
fn weights_alone_may_be_asked_for_where_there_is_a_readout() -> Result<()> {
    with_adjoints((20.0, 5.0), 0.6, 40.0, |problem, cotangent| {
        let gradient = weights_alone(Kernel::Auto, problem, &cotangent)?;
        assert!(gradient[0] != 0.0);
        Ok(())
    })
}

#[test]
fn a_fast_membrane_in_a_long_step_loses_no_digits() -> Result<()> {
    with_adjoints((1.0, 50.0), 1.5, 19.0, |problem, cotangent| {
        let frame = weights_alone(Kernel::Auto, problem, &cotangent)?;
        let plain = weights_alone(Kernel::Plain, problem, &cotangent)?;
        for (frame, plain) in frame.iter().zip(&plain) {
            assert!(
                (frame - plain).abs() <= 1e-12 * plain.abs(),
                "{frame} against {plain}"
            );
        }
        Ok(())
    })
}
