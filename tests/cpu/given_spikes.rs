//! Recordings of spikes from elsewhere, and recordings that know what they were made of.

use spikefront::cpu::CpuEngine;
use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::{Engine, GivenSpikes, GradientOptions, Method, Problem, Result};

use crate::common::{Drawn, agree, cotangent, draw};

fn trains(recording: &Recording, change: impl Fn(Spike) -> Option<Spike>) -> Result<SpikeBatch> {
    let mut batch = SpikeBatch::new();
    for sample in 0..recording.n_samples() {
        let spikes: Vec<Spike> = recording.sample(sample).filter_map(&change).collect();
        batch.push_sample(&spikes)?;
    }
    Ok(batch)
}

fn with_maxima(seed: u64) -> Result<Drawn> {
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

#[test]
fn spikes_of_the_engine_make_its_own_recording() -> Result<()> {
    for seed in 0..200 {
        let drawn = with_maxima(seed)?;
        let problem = drawn.problem();
        let engine = CpuEngine::new();
        let recording = engine.simulate(&problem)?;
        let spikes = trains(&recording, Some)?;
        let options = GivenSpikes::within(1e-9).find_missing();
        let (given, report) = problem.recording_of(&spikes, options)?;
        assert!(report.worst < 1e-11, "{seed}: {}", report.worst);
        assert_eq!((report.beyond, report.surplus.len()), (0, 0));
        assert!(report.missing.is_empty(), "{seed}: {:?}", report.missing);
        assert_eq!(given.times(), recording.times());
        assert_eq!(given.neurons(), recording.neurons());
        agree("slopes", given.slopes(), recording.slopes(), 1e-10).expect("slopes");
        let releases = (given.release_slopes(), recording.release_slopes());
        agree("releases", releases.0, releases.1, 1e-10).expect("releases");
        let (x, y) = (&given.readouts()[0], &recording.readouts()[0]);
        agree("integrals", &x.integrals, &y.integrals, 1e-11).expect("integrals");
        agree("voltages", &x.voltages, &y.voltages, 1e-11).expect("voltages");
        for (x, y) in x.maxima.iter().zip(&y.maxima) {
            assert!((x.voltage - y.voltage).abs() < 1e-11, "{seed}: {x:?} {y:?}");
        }
        if recording.slopes().iter().all(|&slope| slope > 1e-3) {
            let cotangent = cotangent(&recording, seed);
            let options = GradientOptions::everything(Method::Adjoint);
            let gradient = |recording| engine.gradient(&problem, recording, &cotangent, &options);
            let (x, y) = (
                gradient(&given)?.parameters,
                gradient(&recording)?.parameters,
            );
            agree("gradient", &x, &y, 1e-9).expect("gradients");
        }
    }
    Ok(())
}

/// Spikes on a grid of `step`, as simulators on a grid report them.
fn on_grid(step: f64) -> impl Fn(Spike) -> Option<Spike> {
    move |spike| {
        let time = (spike.time / step).ceil() * step;
        (time <= 30.0).then_some(Spike { time, ..spike })
    }
}

#[test]
fn spikes_on_a_grid_have_residuals_that_shrink_with_it() -> Result<()> {
    let mut worst = [0.0_f64; 2];
    let mut beyond = 0;
    for seed in (0..60).filter(|seed| seed % 3 != 2) {
        let drawn = draw(seed)?;
        let problem = drawn.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        for (worst, step) in worst.iter_mut().zip([1e-3, 1e-5]) {
            let Ok((_, report)) = problem.recording_of(
                &trains(&recording, on_grid(step))?,
                GivenSpikes::within(1e-4),
            ) else {
                // Two spikes of a neuron on one point of the grid.
                continue;
            };
            *worst = worst.max(report.worst);
            beyond += report.beyond;
        }
    }
    assert!(
        worst[0] > 1e-4 && worst[1] < 0.05 * worst[0] && beyond > 0,
        "{worst:?} {beyond}"
    );
    Ok(())
}

#[test]
fn the_gradient_of_given_spikes_is_theirs() -> Result<()> {
    // On a finer and finer grid it becomes that of the exact spikes, in proportion to the grid.
    let (mut compared, mut errors) = (0, [0.0_f64; 2]);
    for seed in (0..60).filter(|seed| seed % 3 != 2) {
        let drawn = draw(seed)?;
        let problem = drawn.problem();
        let engine = CpuEngine::new();
        let recording = engine.simulate(&problem)?;
        if recording.n_spikes() == 0 || recording.slopes().iter().any(|&slope| slope < 0.03) {
            continue;
        }
        let cotangent = cotangent(&recording, seed);
        let options = GradientOptions::default();
        let exact = engine
            .gradient(&problem, &recording, &cotangent, &options)?
            .parameters;
        let largest = exact.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
        for (error, step) in errors.iter_mut().zip([1e-4, 1e-7]) {
            let spikes = trains(&recording, on_grid(step))?;
            let Ok((given, _)) = problem.recording_of(&spikes, GivenSpikes::within(1.0)) else {
                continue;
            };
            if given.neurons() != recording.neurons() {
                continue;
            }
            let found = engine
                .gradient(&problem, &given, &cotangent, &options)?
                .parameters;
            for (x, y) in found.iter().zip(&exact) {
                *error = error.max((x - y).abs() / largest);
            }
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
    assert!(
        errors[1] < 1e-3 && errors[0] > 10.0 * errors[1],
        "{errors:?}"
    );
    Ok(())
}

#[test]
fn spikes_left_out_are_missed_and_spikes_made_up_are_surplus() -> Result<()> {
    let (mut missing, mut surplus) = (0, 0);
    for seed in 0..40 {
        let drawn = draw(seed)?;
        let problem = drawn.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let options = GivenSpikes::within(1e-9).find_missing();
        // The last spike of a sample: without it the others stay what they are.
        let Some(last) = recording
            .sample(0)
            .last()
            .filter(|_| recording.slopes()[0] > 1e-3)
        else {
            continue;
        };
        let without = trains(&recording, |spike| (spike != last).then_some(spike))?;
        let (_, report) = problem.recording_of(&without, options)?;
        let found = report
            .missing
            .iter()
            .find(|m| m.sample == 0 && m.neuron == last.unit);
        if let Some(found) = found {
            assert!(
                (found.time - last.time).abs() < 1e-9,
                "{seed}: {found:?} {last:?}"
            );
            missing += 1;
        }
        // A neuron cannot be at its threshold at once.
        let early = |spike: Spike| match spike == last {
            true => Some(Spike {
                time: spike.time - 0.05,
                ..spike
            }),
            false => Some(spike),
        };
        if let Ok(moved) = trains(&recording, early)
            && let Ok((_, report)) = problem.recording_of(&moved, options)
        {
            surplus += usize::from(!report.surplus.is_empty());
        }
    }
    assert!(missing > 15 && surplus > 10, "{missing} {surplus}");
    Ok(())
}

#[test]
fn spikes_that_make_no_sense_are_refused_by_name() -> Result<()> {
    let drawn = draw(2)?;
    let problem = drawn.problem();
    let hidden = 0;
    let readout = drawn.network.populations()[2].first_unit;
    let refused = |spikes: &[(usize, f64)], n_samples: usize| -> Result<String> {
        let mut batch = SpikeBatch::new();
        let spikes: Vec<Spike> = spikes
            .iter()
            .map(|&(unit, time)| Spike { unit, time })
            .collect();
        batch.push_sample(&spikes)?;
        for _ in 1..n_samples {
            batch.push_sample(&[])?;
        }
        let told = problem.recording_of(&batch, GivenSpikes::within(0.0));
        Ok(told.expect_err("it makes no sense").to_string())
    };
    assert!(refused(&[(readout, 1.0)], 2)?.contains("neuron of spike 0"));
    assert!(refused(&[(99, 1.0)], 2)?.contains("neuron of spike 0"));
    assert!(refused(&[(hidden, 31.0)], 2)?.contains("time of spike 0"));
    assert!(refused(&[(hidden, 1.0), (hidden, 1.1)], 2)?.contains("may fire again"));
    assert!(refused(&[], 1)?.contains("samples of spikes"));
    let none = SpikeBatch::new();
    assert!(
        problem
            .recording_of(&none, GivenSpikes::within(f64::NAN))
            .is_err()
    );
    Ok(())
}

#[test]
fn a_recording_is_refused_with_anything_that_it_was_not_made_of() -> Result<()> {
    let drawn = draw(8)?;
    let problem = drawn.problem();
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let cotangent = cotangent(&recording, 8);
    let gradient = |problem: &Problem<'_>| {
        engine.gradient(problem, &recording, &cotangent, &GradientOptions::default())
    };
    gradient(&problem)?;
    // Equal values in another place are the same.
    let again = drawn.network.parameters(8);
    gradient(&Problem {
        parameters: &again,
        ..problem
    })?;
    let mut parameters = drawn.parameters.clone();
    parameters.values_mut()[0] += 1e-12;
    let told = gradient(&Problem {
        parameters: &parameters,
        ..problem
    });
    assert!(
        told.expect_err("others")
            .to_string()
            .contains("other parameters")
    );
    let inputs = drawn.inputs.select(&[1, 0]);
    let told = gradient(&Problem {
        inputs: &inputs,
        ..problem
    });
    assert!(
        told.expect_err("others")
            .to_string()
            .contains("other input spikes")
    );
    // The same layout, another refractory time.
    let network = draw(80)?.network;
    assert_eq!(network.layout(), drawn.network.layout());
    let told = gradient(&Problem {
        network: &network,
        ..problem
    });
    assert!(
        told.expect_err("others")
            .to_string()
            .contains("other neurons")
    );
    Ok(())
}
