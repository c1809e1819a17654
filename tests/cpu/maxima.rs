//! The largest voltage of a readout: where it lies, and how it moves.

use crate::common::{Drawn, agree, draw};
use ndarray::{Array1, Array2};
use spikefront::cpu::CpuEngine;
use spikefront::event::{Maximum, Recording, Spike, SpikeBatch};
use spikefront::network::{Network, Neuron, Projection};
use spikefront::{Engine, GradientOptions, Method, Problem, Result, SimulationOptions, Stop};

const NETWORKS: u64 = 300;

fn with_maxima(seed: u64) -> Result<Drawn> {
    let mut drawn = draw(seed)?;
    drawn.inputs = drawn.inputs.select(&[0]);
    drawn.options.record_maxima = true;
    Ok(drawn)
}

fn maxima(recording: &Recording) -> &[Maximum] {
    &recording.readouts()[0].maxima
}

/// Whether an arrival turned the voltage down there.
fn is_turn(maximum: &Maximum, recording: &Recording) -> bool {
    maximum.slope > 0.0 && maximum.time < recording.ends()[0]
}

#[test]
fn a_fine_scan_finds_nothing_larger() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut turns, mut smooth, mut ends) = (0, 0, 0);
    for seed in 0..NETWORKS {
        let mut drawn = with_maxima(seed)?;
        let n = 3_000;
        drawn.options.voltage_times = (0..=n)
            .map(|k| f64::from(k) * 30.0 / f64::from(n))
            .collect();
        let recording = engine.simulate(&drawn.problem())?;
        let readout = &recording.readouts()[0];
        for (neuron, maximum) in maxima(&recording).iter().enumerate() {
            let scan = readout.voltages.chunks_exact(2).map(|row| row[neuron]);
            let scanned = scan.fold(f64::MIN, f64::max);
            let above = maximum.voltage - scanned;
            // A turn may lie between two points of the scan; nothing is steeper than this.
            assert!(
                (-1e-12..0.05).contains(&above),
                "{seed}: {maximum:?} {scanned}"
            );
            match is_turn(maximum, &recording) {
                true => turns += 1,
                false if maximum.slope > 0.0 => ends += 1,
                false => smooth += 1,
            }
        }
    }
    println!("{smooth} smooth, {turns} at an arrival, {ends} at the end");
    assert!(turns > 20 && smooth > 20 && ends > 20);
    Ok(())
}

#[test]
fn a_maximum_at_an_arrival_moves_with_it() -> Result<()> {
    let engine = CpuEngine::new();
    let (mut compared, mut told_apart) = (0, 0);
    for seed in 0..NETWORKS {
        let mut drawn = with_maxima(seed)?;
        let recording = engine.simulate(&drawn.problem())?;
        let turned = maxima(&recording)
            .iter()
            .position(|m| is_turn(m, &recording));
        let Some(neuron) = turned else { continue };
        let time = maxima(&recording)[neuron].time;
        drawn.options.voltage_times = vec![time];
        let problem = drawn.problem();
        let recording = engine.simulate(&problem)?;
        let everything = GradientOptions::everything(Method::Adjoint);
        let jacobian = engine.jacobian(&problem, &recording, 0, &everything)?;
        let forward = GradientOptions::everything(Method::Forward);
        let forward = engine.jacobian(&problem, &recording, 0, &forward)?;
        // Rows: spikes, voltages [1 x 2], integrals [2], maxima [2].
        let row = jacobian.n_spikes + 4 + neuron;
        let (x, y) = (jacobian.parameters.row(row), forward.parameters.row(row));
        agree("methods", &x.to_vec(), &y.to_vec(), 1e-12).unwrap_or_else(|e| panic!("{seed}: {e}"));
        let at_fixed_time = jacobian.parameters.row(jacobian.n_spikes + neuron);
        let layout = drawn.network.layout();
        for ix in 0..layout.len() {
            let is_delay = layout
                .tensors()
                .iter()
                .any(|tensor| tensor.range.contains(&ix) && tensor.name.ends_with("/delay"));
            if !is_delay || drawn.parameters.values()[ix] < 1e-3 {
                continue;
            }
            let at = |shift: f64| -> Result<Option<f64>> {
                let mut parameters = drawn.parameters.clone();
                parameters.values_mut()[ix] += shift;
                let moved = Problem {
                    parameters: &parameters,
                    ..problem
                };
                let moved = engine.simulate(&moved)?;
                let is_same = moved.neurons() == recording.neurons();
                Ok(is_same.then(|| maxima(&moved)[neuron].voltage))
            };
            let difference = |step: f64| -> Result<Option<f64>> {
                Ok(at(step)?
                    .zip(at(-step)?)
                    .map(|(up, down)| (up - down) / (2.0 * step)))
            };
            let (Some(coarse), Some(fine)) = (difference(2e-6)?, difference(1e-6)?) else {
                continue;
            };
            let scale = 1.0 + fine.abs();
            if (coarse - fine).abs() > 1e-6 * scale {
                continue;
            }
            assert!(
                (x[ix] - fine).abs() < 1e-5 * scale,
                "{seed}: {} against {fine}",
                x[ix]
            );
            compared += 1;
            told_apart += usize::from((at_fixed_time[ix] - fine).abs() > 1e-4 * scale);
        }
    }
    println!("{compared} derivatives, {told_apart} of which a fixed time would get wrong");
    // Negative control: the envelope theorem alone is wrong where an arrival made the maximum.
    assert!(compared > 100 && told_apart > 50);
    Ok(())
}

#[test]
fn the_jacobian_contracts_to_the_gradient() -> Result<()> {
    let engine = CpuEngine::new();
    for seed in 0..40 {
        let drawn = with_maxima(seed)?;
        let problem = drawn.problem();
        let recording = engine.simulate(&problem)?;
        let cotangent = crate::common::cotangent(&recording, seed);
        let mut weights = cotangent.spike_times.clone();
        for part in [
            &cotangent.voltages[0],
            &cotangent.integrals[0],
            &cotangent.maxima[0],
        ] {
            weights.extend_from_slice(part);
        }
        let weights = Array1::from(weights);
        for method in [Method::Adjoint, Method::Forward] {
            for tile_memory in [1, usize::MAX] {
                let options = GradientOptions::everything(method).tile_memory(tile_memory);
                let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
                let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
                let contracted = weights.dot(&jacobian.parameters).to_vec();
                agree("parameters", &contracted, &gradient.parameters, 1e-11)
                    .unwrap_or_else(|e| panic!("{seed}: {e}"));
                let contracted = weights.dot(&jacobian.input_times).to_vec();
                agree("input times", &contracted, &gradient.input_times, 1e-11)
                    .unwrap_or_else(|e| panic!("{seed}: {e}"));
            }
        }
    }
    Ok(())
}

/// One readout that excitation lifts, and inhibition at 4 ms, by two inputs at once, turns down.
#[test]
fn two_arrivals_at_once_turn_it_together() -> Result<()> {
    let mut builder = Network::builder();
    let input = builder.input("input", 3);
    let readout = builder.population("readout", 1, Neuron::leaky_integrator());
    let weights = Array2::from_shape_vec((3, 1), vec![1.0, -0.3, -0.9]).expect("3 x 1");
    let projection = Projection::dense(weights).delay(0.5);
    builder.connect(input, readout, projection);
    let network = builder.build()?;
    let parameters = network.parameters(0);
    let options = SimulationOptions::new(20.0).record_maxima(true);
    let run = |shift: f64| -> Result<_> {
        let mut inputs = SpikeBatch::new();
        let at = |unit: usize, time: f64| Spike { unit, time };
        inputs.push_sample(&[at(0, 1.0), at(1, 4.0 + shift), at(2, 4.0 + shift)])?;
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let engine = CpuEngine::new();
        let recording = engine.simulate(&problem)?;
        let maximum = maxima(&recording)[0];
        let everything = GradientOptions::everything(Method::Forward);
        let jacobian = engine.jacobian(&problem, &recording, 0, &everything)?;
        Ok((maximum, jacobian.input_times.row(1).to_vec()))
    };
    let (maximum, slopes) = run(0.0)?;
    assert_eq!(maximum.time, 4.5);
    let difference = (run(1e-6)?.0.voltage - run(-1e-6)?.0.voltage) / 2e-6;
    assert!(
        (slopes[1] + slopes[2] - difference).abs() < 1e-8,
        "{slopes:?} {difference}"
    );
    assert!(
        (slopes[2] - difference).abs() > 1e-3,
        "one alone is not enough"
    );
    Ok(())
}

#[test]
fn a_run_that_ends_early_has_its_maximum_within() -> Result<()> {
    let drawn = {
        let mut drawn = with_maxima(1)?;
        let hidden = drawn.network.population_named("hidden")?;
        drawn.options.stop = Stop::AfterFirstSpikes(hidden);
        drawn
    };
    let problem = drawn.problem();
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    assert!(recording.ends()[0] < recording.duration());
    for maximum in maxima(&recording) {
        assert!(maximum.time <= recording.ends()[0]);
    }
    let cotangent = crate::common::cotangent(&recording, 1);
    let [adjoint, forward] = [Method::Adjoint, Method::Forward].map(|method| {
        let options = GradientOptions::everything(method);
        engine.gradient(&problem, &recording, &cotangent, &options)
    });
    agree("methods", &adjoint?.parameters, &forward?.parameters, 1e-12)
        .unwrap_or_else(|e| panic!("{e}"));
    Ok(())
}
