//! The derivative along one direction, against the Jacobian, the gradient and differences.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::network::TensorKind;
use spikefront::{Direction, Engine, GradientOptions, Method, Problem, Result};

use crate::common::{agree, cotangent, draw};

fn random(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// A direction of everything.
fn direction(problem: &Problem<'_>, seed: u64) -> Direction {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xd1ec);
    Direction {
        parameters: random(problem.network.layout().len(), &mut rng),
        input_times: random(problem.inputs.n_spikes(), &mut rng),
    }
}

/// `<cotangent, J direction>` and `<gradient, direction>`, which are one number.
fn both_ways(seed: u64, other: impl Fn(&mut Direction)) -> Result<(f64, f64, f64)> {
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    let problem = drawn.problem();
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let cotangent = cotangent(&recording, seed);
    let options = GradientOptions::everything(Method::Adjoint).and_neurons();
    let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
    let mut direction = direction(&problem, seed);
    let along = direction.dot(&gradient);
    let entries = |values: &[f64]| values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let scale = entries(&gradient.parameters);
    other(&mut direction);
    let tangent = engine.jvp(&problem, &recording, &direction, &options)?;
    assert_eq!(tangent.grazing_spikes, gradient.grazing_spikes);
    let products = tangent.entries().zip(cotangent.entries());
    let contracted = products.map(|(x, y)| x * y).sum();
    let n = (direction.parameters.len() as f64).sqrt();
    Ok((contracted, along, scale * n + 1e-3))
}

#[test]
fn it_is_the_gradient_along_the_direction() -> Result<()> {
    let mut told_apart = 0;
    for seed in 0..400 {
        let (contracted, along, scale) = both_ways(seed, |_| ())?;
        assert!(
            (contracted - along).abs() < 1e-11 * scale,
            "{seed}: {contracted} {along}"
        );
        // Negative control: one entry of the direction off by a millionth.
        let (wrong, along, scale) = both_ways(seed, |d| d.parameters[0] += 1e-6)?;
        told_apart += u32::from((wrong - along).abs() > 1e-11 * scale);
    }
    assert!(told_apart > 100, "{told_apart}");
    Ok(())
}

#[test]
fn it_is_the_jacobian_times_the_direction() -> Result<()> {
    for seed in 0..60 {
        let drawn = draw(seed)?;
        let inputs = drawn.inputs.select(&[1]);
        let problem = Problem {
            inputs: &inputs,
            ..drawn.problem()
        };
        let engine = CpuEngine::new();
        let recording = engine.simulate(&problem)?;
        let options = GradientOptions::everything(Method::Forward).and_neurons();
        let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
        let direction = direction(&problem, seed);
        let column = |values: &[f64]| ndarray::Array1::from(values.to_vec());
        let product = jacobian.parameters.dot(&column(&direction.parameters))
            + jacobian.input_times.dot(&column(&direction.input_times));
        let tangent = engine.jvp(&problem, &recording, &direction, &options)?;
        let mut rows = tangent.spike_times.clone();
        rows.extend_from_slice(&tangent.voltages[0]);
        rows.extend_from_slice(&tangent.integrals[0]);
        agree("product", &product.to_vec(), &rows, 1e-11).expect("they agree");
        // Negative control: without the direction of input times it is another product.
        let other = Direction {
            input_times: Vec::new(),
            ..direction
        };
        let tangent = engine.jvp(&problem, &recording, &other, &options)?;
        if recording.n_spikes() > 0 {
            let spikes = &rows[..recording.n_spikes()];
            assert!(
                agree("control", spikes, &tangent.spike_times, 1e-11).is_err(),
                "{seed}"
            );
        }
    }
    Ok(())
}

#[test]
fn it_is_what_a_step_along_the_direction_does() -> Result<()> {
    let mut compared = 0;
    for seed in 0..60 {
        let drawn = draw(seed)?;
        let problem = drawn.problem();
        let engine = CpuEngine::new();
        let recording = engine.simulate(&problem)?;
        let mut direction = direction(&problem, seed);
        // A delay of zero has one side only.
        let values = drawn.parameters.values();
        for tensor in drawn.network.layout().tensors() {
            if tensor.kind == TensorKind::Delay && values[tensor.range.start] == 0.0 {
                direction.parameters[tensor.range.clone()].fill(0.0);
            }
        }
        let moved = |step: f64| -> Result<_> {
            let mut parameters = drawn.parameters.clone();
            let values = parameters.values_mut().iter_mut();
            for (value, by) in values.zip(&direction.parameters) {
                *value += step * by;
            }
            let mut inputs = SpikeBatch::new();
            for sample in 0..2 {
                let mut spikes: Vec<_> = problem.inputs.sample(sample).collect();
                let by = &direction.input_times[problem.inputs.range(sample)];
                for (spike, by) in spikes.iter_mut().zip(by) {
                    spike.time = (spike.time + step * by).max(0.0);
                }
                inputs.push_sample(&spikes)?;
            }
            engine.simulate(&Problem {
                parameters: &parameters,
                inputs: &inputs,
                ..problem
            })
        };
        let same = |x: &Recording| x.neurons() == recording.neurons();
        let differences = |step: f64| -> Option<[Vec<f64>; 3]> {
            // A step that makes or loses a spike, or puts inputs in another order, has no difference quotient.
            let (up, down) = (moved(step).ok()?, moved(-step).ok()?);
            let quotient = |of: fn(&Recording) -> &[f64]| -> Vec<f64> {
                let pairs = of(&up).iter().zip(of(&down));
                pairs.map(|(x, y)| (x - y) / (2.0 * step)).collect()
            };
            (same(&up) && same(&down)).then(|| {
                [
                    quotient(Recording::times),
                    quotient(|recording| &recording.readouts()[0].voltages),
                    quotient(|recording| &recording.readouts()[0].integrals),
                ]
            })
        };
        let (Some(coarse), Some(fine)) = (differences(1e-6), differences(5e-7)) else {
            continue;
        };
        // Where two steps differ the quotient says nothing.
        let pairs = coarse.iter().zip(&fine);
        if pairs
            .clone()
            .any(|(x, y)| agree("steps", x, y, 1e-6).is_err())
        {
            continue;
        }
        let options = GradientOptions::default();
        let tangent = engine.jvp(&problem, &recording, &direction, &options)?;
        let found = [
            &tangent.spike_times,
            &tangent.voltages[0],
            &tangent.integrals[0],
        ];
        for (quotient, found) in fine.iter().zip(found) {
            agree("differences", quotient, found, 1e-5).unwrap_or_else(|e| panic!("{seed}: {e}"));
        }
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
    Ok(())
}

#[test]
fn directions_that_do_not_fit_are_refused_by_name() -> Result<()> {
    let drawn = draw(3)?;
    let problem = drawn.problem();
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let good = direction(&problem, 3);
    let refused = |change: fn(&mut Direction)| {
        let mut direction = good.clone();
        change(&mut direction);
        let told = engine.jvp(
            &problem,
            &recording,
            &direction,
            &GradientOptions::default(),
        );
        told.expect_err("it does not fit").to_string()
    };
    assert!(refused(|d| d.parameters.truncate(1)).contains("direction.parameters"));
    assert!(refused(|d| d.input_times.truncate(1)).contains("direction.input_times"));
    assert!(refused(|d| d.parameters[2] = f64::NAN).contains("direction.parameters[2]"));
    Ok(())
}

/// The same bits on any number of threads.
#[test]
fn threads_do_not_matter() -> Result<()> {
    let drawn = draw(11)?;
    let inputs = drawn.inputs.select(&[0, 1, 1, 0, 0, 1, 0, 1, 1, 1]);
    let problem = Problem {
        inputs: &inputs,
        ..drawn.problem()
    };
    let recording = CpuEngine::new().simulate(&problem)?;
    let direction = direction(&problem, 11);
    let on = |threads| {
        let engine = CpuEngine::new().threads(threads)?;
        engine.jvp(
            &problem,
            &recording,
            &direction,
            &GradientOptions::default(),
        )
    };
    assert_eq!(on(1)?, on(3)?);
    Ok(())
}
