//! Sparse projections in batches: the lists of synapses that the engine takes, beside the matrices of all pairs that the plain
//! kernel computes with.

use spikefront::cpu::{CpuEngine, Kernel};
use spikefront::event::SpikeBatch;
use spikefront::{Direction, Engine, GivenSpikes, Method, Result};

use crate::common::agree;
use crate::mixed_lists::{SAMPLES, by_neuron, case, cotangent, everything};

/// How long gradients and spikes are looked at, and how long Jacobians, in ms.
const LONG: f64 = 40.0;
const SHORT: f64 = 12.0;

fn matrices() -> CpuEngine {
    CpuEngine::new().kernel(Kernel::Plain)
}

#[test]
fn spikes_and_readouts_are_those_of_matrices() -> Result<()> {
    let mut n_spikes = 0;
    for seed in 0..40 {
        let case = case(seed, LONG)?;
        let lists = CpuEngine::new().simulate(&case.problem())?;
        let reference = matrices().simulate(&case.problem())?;
        let (lists_of, expected) = (by_neuron(&lists), by_neuron(&reference));
        assert!(lists_of.0 == expected.0, "seed {seed}: other neurons fire");
        let near = |what: &str, x: &[f64], y: &[f64], bar: f64| {
            agree(what, x, y, bar).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        };
        near("times", &lists_of.1, &expected.1, 1e-12);
        near("slopes", &lists_of.2, &expected.2, 1e-9);
        for (x, y) in lists.readouts().iter().zip(reference.readouts()) {
            near("integrals", &x.integrals, &y.integrals, 1e-11);
            near("voltages", &x.voltages, &y.voltages, 1e-11);
        }
        n_spikes += lists.n_spikes();
    }
    assert!(n_spikes > 10_000, "{n_spikes}");
    // The comparison can tell one synapse of thousands.
    let mut case = case(1, LONG)?;
    let reference = matrices().simulate(&case.problem())?;
    let id = case
        .network
        .projection_ids()
        .next()
        .expect("there are some");
    let weight = case.network.layout().weights(id).start;
    case.parameters.values_mut()[weight] += 0.25;
    let lists = CpuEngine::new().simulate(&case.problem())?;
    assert!(by_neuron(&lists) != by_neuron(&reference), "a control");
    Ok(())
}

#[test]
fn gradients_are_those_of_matrices() -> Result<()> {
    for seed in 0..24 {
        let case = case(seed, LONG)?;
        let problem = case.problem();
        let recording = matrices().simulate(&problem)?;
        let of_loss = cotangent(&recording);
        let gradient = |engine: CpuEngine, method| {
            let options = everything().method(method);
            engine.gradient(&problem, &recording, &of_loss, &options)
        };
        let reference = gradient(matrices(), Method::Adjoint)?;
        for method in [Method::Adjoint, Method::Forward] {
            let lists = gradient(CpuEngine::new(), method)?;
            for tensor in case.network.layout().tensors() {
                let range = tensor.range.clone();
                let expected = &reference.parameters[range.clone()];
                agree(&tensor.name, &lists.parameters[range], expected, 1e-9)
                    .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
            }
            agree(
                "input times",
                &lists.input_times,
                &reference.input_times,
                1e-9,
            )
            .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
            // The comparison can tell a gradient at its neighbour's synapse.
            let range = case.network.layout().tensors()[0].range.clone();
            let mut shifted = lists.parameters[range.clone()].to_vec();
            shifted.rotate_left(1);
            let expected = &reference.parameters[range];
            assert!(
                agree("shifted", &shifted, expected, 1e-9).is_err(),
                "a control"
            );
        }
    }
    Ok(())
}

/// Tiles of few columns cut the columns of one neuron apart.
#[test]
fn tiles_do_not_matter() -> Result<()> {
    for seed in 0..6 {
        let case = case(seed, LONG)?;
        let problem = case.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let of_loss = cotangent(&recording);
        let gradient = |bytes: usize| {
            let options = everything().method(Method::Forward).tile_memory(bytes);
            CpuEngine::new().gradient(&problem, &recording, &of_loss, &options)
        };
        assert_eq!(gradient(1 << 16)?, gradient(1 << 26)?, "seed {seed}");
    }
    Ok(())
}

#[test]
fn jacobians_directions_states_and_given_spikes_are_those_of_matrices() -> Result<()> {
    for seed in 0..8 {
        let case = case(seed, SHORT)?;
        let problem = case.problem();
        let recording = CpuEngine::new().simulate(&problem)?;
        let flat = |values: &ndarray::Array2<f64>| values.iter().copied().collect::<Vec<f64>>();
        let jacobian = |engine: CpuEngine, method| {
            engine.jacobian(&problem, &recording, 1, &everything().method(method))
        };
        let reference = flat(&jacobian(matrices(), Method::Forward)?.parameters);
        for method in [Method::Forward, Method::Adjoint] {
            let lists = flat(&jacobian(CpuEngine::new(), method)?.parameters);
            agree("jacobian", &lists, &reference, 1e-9)
                .unwrap_or_else(|e| panic!("seed {seed}, {method:?}: {e}"));
        }
        let mut direction = Direction::zeros(&problem);
        let values = direction.parameters.iter_mut().enumerate();
        values.for_each(|(ix, value)| *value = (ix as f64).sin());
        let along = |engine: CpuEngine| engine.jvp(&problem, &recording, &direction, &everything());
        let (lists, reference) = (along(CpuEngine::new())?, along(matrices())?);
        agree(
            "direction",
            &lists.spike_times,
            &reference.spike_times,
            1e-9,
        )
        .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        // V of a neuron that has fired, just before: its threshold.
        let spike = recording.range(0).start;
        let (neuron, time) = (recording.neurons()[spike], recording.times()[spike]);
        let trace = problem.states(&recording, 0, &[neuron as usize], &[time - 1e-9])?;
        assert!(
            (trace.voltages[[0, 0]] - 1.0).abs() < 1e-6,
            "seed {seed}: {trace:?}"
        );
        if case
            .network
            .populations()
            .iter()
            .all(|p| p.neuron.tau_synapse.len() == 1)
        {
            let mut given = SpikeBatch::new();
            for sample in 0..SAMPLES {
                given.push_sample(&recording.sample(sample).collect::<Vec<_>>())?;
            }
            let (made, report) = problem.recording_of(&given, GivenSpikes::within(1e-9))?;
            assert!(report.beyond == 0, "seed {seed}: {report:?}");
            agree("slopes", made.slopes(), recording.slopes(), 1e-7)
                .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        }
    }
    Ok(())
}
