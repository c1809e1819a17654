//! Networks by rules in batches, against the CPU engine.

use spikefront::cpu::CpuEngine;
use spikefront::event::SpikeBatch;
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::by_rules::{DURATION, described, trained};
use crate::common::{agree, cotangent};
use crate::device::gpu;
use crate::mixed_lists::by_neuron;

#[test]
fn spikes_and_gradients_are_the_cpu_engines() -> Result<()> {
    let Some(engine) = gpu() else {
        return Ok(());
    };
    let options = SimulationOptions::new(DURATION);
    let mut compared = 0;
    for seed in 0..2 {
        let network = described(seed).build()?;
        let parameters = network.parameters(seed);
        let mut inputs = SpikeBatch::new();
        inputs.push_sample(&[])?;
        let inputs = network.complete_inputs(&inputs, DURATION, &[seed])?;
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        let recording = engine.simulate(&problem)?;
        let expected = CpuEngine::new().simulate(&problem)?;
        assert_eq!(recording.n_spikes(), expected.n_spikes(), "seed {seed}");
        let (found, exact) = (by_neuron(&recording).1, by_neuron(&expected).1);
        agree("spike times", &found, &exact, 1e-5).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        // Of one recording, so that what single precision makes of the run stays out of the comparison.
        let of_loss: Cotangent = cotangent(&recording, seed);
        for method in [Method::Adjoint, Method::Forward] {
            let settings = GradientOptions::default().method(method);
            let of =
                |engine: &dyn Engine| engine.gradient(&problem, &recording, &of_loss, &settings);
            let (found, exact) = (of(&engine)?.parameters, of(&CpuEngine::new())?.parameters);
            agree("gradient", &found, &exact, 1e-3).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            let mut wrong = exact;
            wrong.rotate_left(1);
            assert!(
                agree("gradient", &found, &wrong, 1e-3).is_err(),
                "a control"
            );
            compared += found.len();
        }
    }
    assert!(compared > 500, "{compared}");
    Ok(())
}

#[test]
fn a_sparse_recurrent_layer_with_noise_is_trained() -> Result<()> {
    let Some(engine) = gpu() else {
        return Ok(());
    };
    let (losses, accuracy) = trained(engine, 2, &[5.0])?;
    let (expected, accuracy_there) = trained(CpuEngine::new(), 2, &[5.0])?;
    for (found, expected) in losses.iter().zip(&expected) {
        assert!((found / expected - 1.0).abs() < 0.01, "{losses:?}");
    }
    assert!(
        (accuracy - accuracy_there).abs() < 0.1 && losses[1] < 0.99 * losses[0],
        "{losses:?}"
    );
    Ok(())
}
