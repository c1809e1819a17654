//! Networks that the random draw does not have.

use ndarray::Array2;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::network::{Network, NetworkBuilder, Neuron, PopulationId, Projection, Reset};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::common::{agree, cotangent};
use crate::device::gpu;
use crate::mutants::mutated;

/// Weights of a few spikes a neuron, in a pattern without repetition.
pub fn matrix(rows: usize, columns: usize, mean: f64, spread: f64) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(from, to)| {
        0.5 * mean + 0.5 * spread * ((from * 31 + to * 17 + 3) as f64 * 12.9898).sin()
    })
}

fn lif() -> Neuron {
    Neuron::leaky_integrate_and_fire().reset(Reset::to(0.0))
}

/// Builds a network, runs it on both engines, and compares everything.
pub fn both(
    what: &str,
    n_channels: usize,
    voltage_times: &[f64],
    describe: impl FnOnce(&mut NetworkBuilder),
) -> Result<()> {
    let Some(gpu) = gpu() else { return Ok(()) };
    let mut builder = Network::builder();
    describe(&mut builder);
    let network = builder.build()?;
    let parameters = network.parameters(1);
    let mut inputs = SpikeBatch::new();
    for sample in 0..2 {
        let spike = |k: usize| Spike {
            unit: (k * 5 + sample) % n_channels,
            time: 0.3 + 1.7 * k as f64 + 0.1 * sample as f64,
        };
        inputs.push_sample(&(0..14).map(spike).collect::<Vec<_>>())?;
    }
    let options = SimulationOptions::new(30.0).voltage_times(voltage_times.to_vec());
    let problem = Problem {
        network: &network,
        parameters: &parameters,
        inputs: &inputs,
        options: &options,
    };
    let cpu = CpuEngine::new();
    let (x, y) = (cpu.simulate(&problem)?, gpu.simulate(&problem)?);
    // Neuron by neuron: two that fire within a rounding of one another may change places.
    let (in_x, in_y) = (by_neuron(&x), by_neuron(&y));
    let neurons = |recording: &Recording, order: &[usize]| -> Vec<u32> {
        order.iter().map(|&ix| recording.neurons()[ix]).collect()
    };
    assert_eq!(neurons(&x, &in_x), neurons(&y, &in_y), "{what}");
    let times = |recording: &Recording, order: &[usize]| -> Vec<f64> {
        order.iter().map(|&ix| recording.times()[ix]).collect()
    };
    agree("times", &times(&x, &in_x), &times(&y, &in_y), 1e-5).expect(what);
    for (x, y) in x.readouts().iter().zip(y.readouts()) {
        agree("voltages", &x.voltages, &y.voltages, 1e-5).expect(what);
        agree("integrals", &x.integrals, &y.integrals, 1e-5).expect(what);
    }
    let cotangent = cotangent(&x, 7);
    let mut turned = cotangent.clone();
    for (&from, &to) in in_x.iter().zip(&in_y) {
        turned.spike_times[to] = cotangent.spike_times[from];
    }
    for method in [Method::Adjoint, Method::Forward] {
        let is_large = parameters.values().len() > 2000;
        // Tens of thousands of columns take a software driver minutes.
        if method == Method::Forward && is_large {
            continue;
        }
        let options = GradientOptions::everything(method);
        // Thousands of spikes that drive one another magnify what rounding did to the first: there the
        // question is the gradient of what the GPU did, not that it did the same to a millionth.
        let reference = match is_large {
            true => cpu.gradient(&problem, &y, &turned, &options)?,
            false => cpu.gradient(&problem, &x, &cotangent, &options)?,
        };
        let found = gpu.gradient(&problem, &y, &turned, &options)?;
        within_bars(&reference.parameters, &found.parameters).expect(what);
        within_bars(&reference.input_times, &found.input_times).expect(what);
        // Negative control: a spike that does a hundredth more than it should.
        let (right, wrong) = match method {
            Method::Adjoint => ("moved / jump.slope", "1.01 * moved / jump.slope"),
            Method::Forward => (
                "(is_threshold - potential) / jump.slope",
                "1.01 * (is_threshold - potential) / jump.slope",
            ),
        };
        let Some(mutant) = mutated(right, wrong) else {
            return Ok(());
        };
        let found = mutant.gradient(&problem, &y, &turned, &options)?;
        let is_told = within_bars(&reference.parameters, &found.parameters).is_err();
        assert!(is_told, "{what}: {wrong:?} passes");
    }
    println!("{what}: {} spikes", x.n_spikes());
    Ok(())
}

/// The project's bars for gradients: a median of 1e-5 and nothing above 1e-3 of the largest entry.
fn within_bars(reference: &[f64], found: &[f64]) -> std::result::Result<(), String> {
    agree("gradient", reference, found, 1e-3)?;
    let largest = reference.iter().fold(1e-12, |m: f64, v| m.max(v.abs()));
    let errors = reference
        .iter()
        .zip(found)
        .map(|(x, y)| (x - y).abs() / largest);
    let mut errors: Vec<f64> = errors.collect();
    errors.sort_by(f64::total_cmp);
    match errors[errors.len() / 2] {
        median if median <= 1e-5 => Ok(()),
        median => Err(format!("median {median:e}")),
    }
}

/// The spikes of a recording in order of (sample, neuron, time).
fn by_neuron(recording: &Recording) -> Vec<usize> {
    let mut order = Vec::new();
    for sample in 0..recording.n_samples() {
        let mut of_sample: Vec<usize> = recording.range(sample).collect();
        of_sample.sort_by_key(|&ix| recording.neurons()[ix]);
        order.extend(of_sample);
    }
    order
}

fn layer(builder: &mut NetworkBuilder, name: &str, size: usize, neuron: Neuron) -> PopulationId {
    builder.population(name, size, neuron)
}

#[test]
fn two_inputs_and_two_projections_between_the_same_populations() -> Result<()> {
    both("two inputs", 5, &[], |b| {
        let (first, second) = (b.input("first", 2), b.input("second", 3));
        let hidden = layer(b, "hidden", 4, lif());
        let output = layer(b, "output", 3, lif());
        b.connect(
            first,
            hidden,
            Projection::dense(matrix(2, 4, 0.5, 0.2)).delay(0.4),
        );
        b.connect(second, hidden, Projection::dense(matrix(3, 4, 0.4, 0.2)));
        b.connect(hidden, output, Projection::dense(matrix(4, 3, 0.3, 0.1)));
        b.connect(
            hidden,
            output,
            Projection::dense(matrix(4, 3, 0.1, 0.2)).delay(2.0),
        );
    })
}

#[test]
fn a_zero_delay_cycle_with_delays_per_synapse_some_of_them_zero() -> Result<()> {
    both("mixed delays", 3, &[], |b| {
        let input = b.input("input", 3);
        let hidden = layer(b, "hidden", 5, lif());
        b.connect(input, hidden, Projection::dense(matrix(3, 5, 0.5, 0.2)));
        let delays = Array2::from_shape_fn((5, 5), |(from, to)| {
            if (from + to) % 3 == 0 {
                0.0
            } else {
                1.0 + 0.3 * from as f64
            }
        });
        b.connect(
            hidden,
            hidden,
            Projection::dense(matrix(5, 5, 0.0, 0.08)).delays(delays),
        );
    })
}

#[test]
fn a_hold_longer_than_several_windows() -> Result<()> {
    both("long hold", 3, &[0.0, 2.0, 4.0, 30.0], |b| {
        let input = b.input("input", 3);
        let held = lif().reset(Reset::To {
            potential: 0.1.into(),
            refractory: 3.7.into(),
        });
        let hidden = layer(b, "hidden", 4, held);
        let readout = b.population("readout", 2, Neuron::leaky_integrator().rest(0.2));
        b.connect(input, hidden, Projection::dense(matrix(3, 4, 0.6, 0.2)));
        b.connect(
            hidden,
            hidden,
            Projection::dense(matrix(4, 4, 0.0, 0.1)).delay(1.0),
        );
        b.connect(
            hidden,
            readout,
            Projection::dense(matrix(4, 2, 0.2, 0.3)).delay(0.5),
        );
    })
}

#[test]
fn neurons_driven_above_threshold_and_neurons_that_never_fire() -> Result<()> {
    both("driven", 2, &[], |b| {
        let input = b.input("input", 2);
        let driven = layer(b, "driven", 3, lif().rest(1.6).initial(vec![0.0, 0.2, 0.4]));
        let silent = layer(b, "silent", 2, lif().threshold(50.0));
        let output = layer(b, "output", 2, Neuron::leaky_integrate_and_fire());
        b.connect(input, driven, Projection::dense(matrix(2, 3, 0.02, 0.1)));
        b.connect(driven, silent, Projection::dense(matrix(3, 2, 0.2, 0.1)));
        b.connect(
            driven,
            output,
            Projection::dense(matrix(3, 2, 0.4, 0.1)).delay(1.0),
        );
        b.connect(silent, output, Projection::dense(matrix(2, 2, 0.4, 0.1)));
    })
}

#[test]
fn three_populations_in_one_cycle_without_delay_and_a_readout() -> Result<()> {
    both("cycle of three", 3, &[0.0, 15.0, 30.0], |b| {
        let input = b.input("input", 3);
        let first = layer(b, "first", 4, lif());
        let second = layer(
            b,
            "second",
            3,
            Neuron::leaky_integrate_and_fire().tau_synapse(20.0),
        );
        let third = layer(
            b,
            "third",
            2,
            lif().reset(Reset::To {
                potential: (-0.1).into(),
                refractory: 1.0.into(),
            }),
        );
        let readout = b.population("readout", 2, Neuron::leaky_integrator());
        b.connect(input, first, Projection::dense(matrix(3, 4, 0.5, 0.2)));
        b.connect(first, second, Projection::dense(matrix(4, 3, 0.15, 0.05)));
        b.connect(second, third, Projection::dense(matrix(3, 2, 0.3, 0.1)));
        b.connect(third, first, Projection::dense(matrix(2, 4, -0.05, 0.02)));
        b.connect(
            second,
            first,
            Projection::dense(matrix(3, 4, 0.02, 0.01)).delay(2.5),
        );
        b.connect(first, readout, Projection::dense(matrix(4, 2, 0.2, 0.3)));
    })
}

#[test]
fn identical_twins_fire_at_the_same_time_in_order_of_their_numbers() -> Result<()> {
    for (what, delay) in [("twins", 0.0), ("delayed twins", 1.5)] {
        both(what, 2, &[], |b| {
            let input = b.input("input", 2);
            let twins = layer(b, "twins", 6, lif());
            b.connect(
                input,
                twins,
                Projection::dense(Array2::from_elem((2, 6), 0.2)),
            );
            b.connect(
                twins,
                twins,
                Projection::dense(Array2::from_elem((6, 6), -0.02)).delay(delay),
            );
        })?;
    }
    Ok(())
}

#[test]
fn many_neurons_beyond_a_workgroup() -> Result<()> {
    for (what, delay) in [("150 at once", 0.0), ("150 with a delay", 1.5)] {
        both(what, 4, &[], |b| {
            let input = b.input("input", 4);
            let hidden = layer(b, "hidden", 150, lif());
            let output = layer(b, "output", 2, lif());
            b.connect(input, hidden, Projection::dense(matrix(4, 150, 0.35, 0.25)));
            b.connect(
                hidden,
                hidden,
                Projection::dense(matrix(150, 150, 0.0, 0.003)).delay(delay),
            );
            b.connect(
                hidden,
                output,
                Projection::dense(matrix(150, 2, 0.01, 0.01)),
            );
        })?;
    }
    Ok(())
}
