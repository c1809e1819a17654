//! Networks by rules and lists in batches: what the ways to differentiate say of one run, recordings, training, and what is refused.

use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::network::{Neuron, Projection, Rule};
use spikefront::{Direction, Engine, GivenSpikes, Problem, Result, SimulationOptions};

use crate::by_rules::{DURATION, described, trained};
use crate::sparse::{all, both, cotangent};

/// A Jacobian, a direction and a gradient tell of one run the same.
#[test]
fn jacobians_and_directions_agree() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let both = both(3)?;
    let problem = both.problem(&options);
    let engine = CpuEngine::new();
    let recording = engine.simulate(&problem)?;
    let of_loss = cotangent(&recording);
    let settings = all().and_neurons();
    let gradient = engine.gradient(&problem, &recording, &of_loss, &settings)?;
    let jacobian = engine.jacobian(&problem, &recording, 0, &settings)?;
    assert_eq!(jacobian.parameters.ncols(), both.parameters.values().len());
    let mut direction = Direction::zeros(&problem);
    for (ix, value) in direction.parameters.iter_mut().enumerate() {
        *value = (ix as f64).sin();
    }
    let tangent = engine.jvp(&problem, &recording, &direction, &settings)?;
    let product: f64 = tangent
        .spike_times
        .iter()
        .zip(&of_loss.spike_times)
        .map(|(x, y)| x * y)
        .sum();
    let by_gradient: f64 = direction
        .parameters
        .iter()
        .zip(&gradient.parameters)
        .map(|(x, y)| x * y)
        .sum();
    let along = jacobian
        .parameters
        .dot(&ndarray::aview1(&direction.parameters));
    let by_jacobian: f64 = along
        .iter()
        .zip(&of_loss.spike_times)
        .map(|(x, y)| x * y)
        .sum();
    let near = |x: f64, y: f64| (x - y).abs() < 1e-9 * y.abs().max(1.0);
    assert!(near(product, by_gradient) && near(by_jacobian, by_gradient));
    assert!(!near(product, 1.001 * by_gradient), "a control");
    direction.parameters.pop();
    assert!(
        engine
            .jvp(&problem, &recording, &direction, &settings)
            .is_err()
    );
    Ok(())
}

/// States, given spikes and fingerprints go through the same matrices.
#[test]
fn recordings_belong_to_their_problem() -> Result<()> {
    let options = SimulationOptions::new(DURATION);
    let both = both(1)?;
    let problem = both.problem(&options);
    let recording = CpuEngine::new().simulate(&problem)?;
    problem.check_recording(&recording)?;
    let spikes: Vec<_> = recording.sample(0).collect();
    let mut given = SpikeBatch::new();
    given.push_sample(&spikes)?;
    let (made, report) = problem.recording_of(&given, GivenSpikes::within(1e-9))?;
    assert_eq!(made.n_spikes(), recording.n_spikes());
    assert!(report.beyond == 0, "{report:?}");
    let trace = problem.states(&recording, 0, &[0], &[DURATION])?;
    assert!(trace.voltages[[0, 0]] < 1.0);
    let mut parameters = both.parameters.clone();
    parameters.values_mut()[0] += 0.25;
    let other = Problem {
        parameters: &parameters,
        ..problem
    };
    assert!(other.check_recording(&recording).is_err(), "a control");
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let both = both(0)?;
    let options = SimulationOptions::new(DURATION);
    let mut plain = SpikeBatch::new();
    plain.push_sample(&[])?;
    let problem = Problem {
        inputs: &plain,
        ..both.problem(&options)
    };
    let error = CpuEngine::new()
        .simulate(&problem)
        .expect_err("it lacks arrivals")
        .to_string();
    assert!(error.contains("complete_inputs"), "{error}");
    let again = both.batch.complete_inputs(&both.inputs, DURATION, &[1]);
    assert!(
        again
            .expect_err("twice")
            .to_string()
            .contains("complete already")
    );
    assert!(
        both.batch
            .complete_inputs(&plain, DURATION, &[1, 2])
            .is_err()
    );
    assert!(both.batch.complete_inputs(&plain, f64::NAN, &[1]).is_err());
    let mut empty = described(0);
    let more = empty.population("more", 2, Neuron::leaky_integrate_and_fire());
    let none = Rule::FixedProbability(0.0);
    empty.connect(more, more, Projection::by_rule(none, 1.0));
    let error = empty.build().expect_err("there is none").to_string();
    assert!(
        error.contains("number of synapses of \"more->more\" is 0"),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_sparse_recurrent_layer_with_noise_is_trained() -> Result<()> {
    let engine = CpuEngine::new();
    let (losses, accuracy) = trained(engine.clone(), 6, &[5.0])?;
    assert!(
        losses[5] < 0.5 * losses[0] && accuracy > 0.9,
        "{losses:?}, {accuracy}"
    );
    // Noise and connectivity are functions of their seeds.
    assert_eq!(trained(engine.threads(2)?, 6, &[5.0])?, (losses, accuracy));
    Ok(())
}

#[test]
fn a_sparse_recurrent_layer_with_two_receptors_is_trained() -> Result<()> {
    let engine = CpuEngine::new();
    let (losses, accuracy) = trained(engine.clone(), 6, &[5.0, 10.0])?;
    assert!(
        losses[5] < 0.5 * losses[0] && accuracy > 0.9,
        "{losses:?}, {accuracy}"
    );
    assert_ne!(trained(engine.clone(), 6, &[5.0])?.0, losses, "a control");
    Ok(())
}
