//! Receptors that are alike are one: a network in which several share what one has does what that one does.

use ndarray::Array2;
use spikefront::event::{Spike, SpikeBatch};
use spikefront::gpu::GpuEngine;
use spikefront::network::{Network, Neuron, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::common::{agree, cotangent};
use crate::device::gpu;

/// What is compared of a network.
struct Found {
    times: Vec<f64>,
    shown: Vec<f64>,
    /// By weights and delays, in the order of the projections.
    synapses: Vec<f64>,
    /// By each population's membrane time constant, by its synaptic ones together, by rest and initial potential.
    own: Vec<f64>,
}

/// A recurrent network and a readout. Projections lie on the receptors by turns, or on the only one.
fn found(engine: &GpuEngine, taus: &[f64], method: Method, delay: f64) -> Result<Found> {
    let matrix = |rows: usize, columns: usize, mean: f64, spread: f64| {
        Array2::from_shape_fn((rows, columns), |(from, to)| {
            mean + spread * ((from * 31 + to * 17 + 3) as f64 * 12.9898).sin()
        })
    };
    let mut builder = Network::builder();
    let input = builder.input("input", 3);
    let neuron = Neuron::leaky_integrate_and_fire().receptors(taus.to_vec());
    let hidden = builder.population("hidden", 5, neuron.reset(Reset::refractory(0.0, 0.5)));
    let readout = Neuron::leaky_integrator()
        .receptors(taus.to_vec())
        .rest(0.1);
    let readout = builder.population("readout", 2, readout);
    let mut projection = 0;
    let mut connect = |source: spikefront::network::Source, target, weights, delay: f64| {
        let receptor = projection % taus.len();
        projection += 1;
        let onto = Projection::dense(weights).receptor(receptor);
        builder.connect(source, target, onto.delay(delay));
    };
    connect(input.into(), hidden, matrix(3, 5, 0.25, 0.1), 0.25);
    connect(input.into(), hidden, matrix(3, 5, 0.1, 0.2), 0.75);
    connect(hidden.into(), hidden, matrix(5, 5, -0.02, 0.05), delay);
    connect(input.into(), hidden, matrix(3, 5, -0.05, 0.1), 0.5);
    for late in 0..4 {
        let weights = matrix(5, 2, 0.1, 0.3);
        connect(hidden.into(), readout, weights, 0.5 * f64::from(late));
    }
    let network = builder.build()?;
    let mut inputs = SpikeBatch::new();
    let spikes = (0..14).map(|k| Spike {
        unit: (k * 5) % 3,
        time: 0.3 + 1.7 * k as f64,
    });
    inputs.push_sample(&spikes.collect::<Vec<_>>())?;
    let mut options = SimulationOptions::new(30.0).voltage_times(vec![7.0, 30.0]);
    options.record_maxima = true;
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(1),
        inputs: &inputs,
        options: &options,
    };
    let recording = engine.simulate(&problem)?;
    let cotangent = cotangent(&recording, 5);
    let asked = GradientOptions::everything(method).and_neurons();
    let gradient = engine
        .gradient(&problem, &recording, &cotangent, &asked)?
        .parameters;
    let layout = network.layout();
    let (mut synapses, mut own) = (Vec::new(), Vec::new());
    for tensor in layout.tensors() {
        let values = &gradient[tensor.range.clone()];
        match tensor.kind {
            spikefront::network::TensorKind::TauSynapse => {
                match tensor.name.contains("[0]") || taus.len() == 1 {
                    true => own.extend_from_slice(values),
                    false => *own.last_mut().expect("that of the first receptor") += values[0],
                }
            }
            spikefront::network::TensorKind::Weight | spikefront::network::TensorKind::Delay => {
                synapses.extend_from_slice(values);
            }
            _ => own.extend_from_slice(values),
        }
    }
    let readout = &recording.readouts()[0];
    let maxima = readout.maxima.iter().map(|maximum| maximum.voltage);
    Ok(Found {
        times: recording.times().to_vec(),
        shown: [
            readout.voltages.clone(),
            readout.integrals.clone(),
            maxima.collect(),
        ]
        .concat(),
        synapses,
        own,
    })
}

/// What differs to a part.
fn apart(x: &Found, y: &Found, part: f64) -> std::result::Result<(), String> {
    agree("times", &x.times, &y.times, part)?;
    agree("shown", &x.shown, &y.shown, 10.0 * part)?;
    agree("by synapses", &x.synapses, &y.synapses, 10.0 * part)?;
    agree("by own values", &x.own, &y.own, 10.0 * part)
}

#[test]
fn receptors_of_one_time_constant_are_one() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    for delay in [0.0, 1.0] {
        for method in [Method::Adjoint, Method::Forward] {
            let one = found(&gpu, &[5.0], method, delay)?;
            assert!(one.times.len() > 20, "{}", one.times.len());
            for n in 2..=4 {
                let several = found(&gpu, &vec![5.0; n], method, delay)?;
                apart(&one, &several, 1e-5).expect("the same");
            }
            // Negative control: time constants a thousandth apart.
            let other = found(&gpu, &[5.0, 5.005, 5.0], method, delay)?;
            assert!(apart(&one, &other, 1e-5).is_err());
        }
    }
    Ok(())
}

/// The gains of receptors that are nearly alike, and their roots, do not divide by how little they differ.
#[test]
fn nearly_equal_time_constants_are_nearly_one() -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let one = found(&gpu, &[5.0], Method::Adjoint, 1.0)?;
    for power in 3..=8 {
        let near = 10f64.powi(-power);
        for taus in [
            [5.0, 5.0 * (1.0 + near), 5.0 * (1.0 - near)],
            [5.0 * (1.0 - near), 5.0, 5.0 * (1.0 - near)],
            // Beside the membrane's.
            [20.0 * (1.0 + near), 20.0, 20.0 * (1.0 - near)],
        ] {
            let base = match taus[1] > 10.0 {
                true => found(&gpu, &[20.0], Method::Adjoint, 1.0)?,
                false => found(&gpu, &[5.0], Method::Adjoint, 1.0)?,
            };
            let several = found(&gpu, &taus, Method::Adjoint, 1.0)?;
            apart(&base, &several, 1e-5 + 30.0 * near).expect("nearly the same");
        }
    }
    // Negative control: a hundredth apart is not a hundred-thousandth.
    let other = found(&gpu, &[5.0, 5.05, 4.95], Method::Adjoint, 1.0)?;
    assert!(apart(&one, &other, 1e-5 + 30.0 * 1e-5).is_err());
    Ok(())
}
