//! What must not change a bit: room, chunks, tiles, runs, the order of a batch.

use spikefront::event::{Recording, Spike, SpikeBatch};
use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::model::{Distribution, Network, Neuron, Projection, Reset};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result, SimulationOptions};

use crate::common::{Drawn, cotangent, draw};
use crate::device::{gpu, gpu_with};

/// One network of each topology of the draw.
const SEEDS: [u64; 6] = [0, 2, 4, 6, 21, 28];

/// What a seed draws, with everything recorded.
fn drawn(seed: u64) -> Result<Drawn> {
    let mut drawn = draw(seed)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

fn gradient(
    engine: &GpuEngine,
    drawn: &Drawn,
    method: Method,
    tile_memory: usize,
) -> Result<(spikefront::Gradient, spikefront::event::Recording)> {
    let problem = drawn.problem();
    let recording = engine.simulate(&problem)?;
    let cotangent = cotangent(&recording, 1);
    let options = GradientOptions {
        tile_memory,
        ..GradientOptions::everything(method)
    };
    Ok((
        engine.gradient(&problem, &recording, &cotangent, &options)?,
        recording,
    ))
}

#[test]
fn runs_with_too_little_room_are_repeated_and_lose_nothing() -> Result<()> {
    let (Some(roomy), Some(tight)) = (gpu(), gpu()) else {
        return Ok(());
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            tight.start_tight();
            let before = tight.statistics();
            let found = gradient(&tight, &drawn, method, usize::MAX)?;
            let after = tight.statistics();
            assert!(after.repeats > before.repeats, "{seed}");
            assert!(after.grown_buffers > before.grown_buffers, "{seed}");
            assert_eq!(
                gradient(&roomy, &drawn, method, usize::MAX)?,
                found,
                "{seed} {method}"
            );
        }
    }
    Ok(())
}

/// Neurons that act on one another 1 ms later, held for 5 ms after a spike, and a readout; three samples. A window
/// lasts 1 ms.
fn long_run(duration: f64) -> Result<(Network, SpikeBatch, SimulationOptions)> {
    let mut network = Network::builder();
    let input = network.input("input", 4);
    let neuron = Neuron::leaky_integrate_and_fire().reset(Reset::To {
        potential: 0.0.into(),
        refractory: 5.0.into(),
    });
    let hidden = network.population("hidden", 12, neuron.clone());
    // Its spikes lie behind those of the other, and move when that needs more room.
    let second = network.population("second", 8, neuron);
    let readout = network.population("readout", 2, Neuron::leaky_integrator());
    let normal = |mean, deviation| Projection::random(Distribution::Normal { mean, deviation });
    network.connect(input, hidden, normal(0.2, 0.1));
    network.connect(hidden, hidden, normal(0.01, 0.02).delay(1.0));
    network.connect(hidden, second, normal(0.1, 0.05));
    network.connect(second, second, normal(0.0, 0.02).delay(1.0));
    network.connect(second, readout, normal(0.0, 0.1));
    let mut inputs = SpikeBatch::new();
    for sample in 0..3 {
        let spikes: Vec<Spike> = (0..40)
            .map(|ix| Spike {
                unit: (ix + sample) % 4,
                time: 7.3 * ix as f64 + 0.1 * sample as f64,
            })
            .filter(|spike| spike.time < duration)
            .collect();
        inputs.push_sample(&spikes)?;
    }
    let mut options = SimulationOptions::new(duration);
    options.voltage_times = vec![0.25 * duration, 0.9 * duration];
    options.record_maxima = true;
    Ok((network.build()?, inputs, options))
}

#[test]
fn of_a_long_run_only_blocks_are_repeated_and_nothing_is_lost() -> Result<()> {
    let (Some(roomy), Some(tight)) = (gpu(), gpu()) else {
        return Ok(());
    };
    let mut repeats = Vec::new();
    // A single block, and five.
    for duration in [60.0, 300.0] {
        let (network, inputs, options) = long_run(duration)?;
        let parameters = network.parameters(5);
        let problem = Problem {
            network: &network,
            parameters: &parameters,
            inputs: &inputs,
            options: &options,
        };
        roomy.simulate(&problem)?;
        let before = roomy.statistics().repeats;
        let expected = roomy.simulate(&problem)?;
        assert_eq!(roomy.statistics().repeats, before, "it has enough by now");
        assert!(expected.n_spikes() > 100, "{}", expected.n_spikes());
        assert!(expected.release_slopes().iter().any(|&slope| slope != 0.0));

        tight.start_tight();
        let before = tight.statistics();
        let found = tight.simulate(&problem)?;
        let columns = |run: &Recording| {
            let readouts: Vec<f64> = run
                .readouts()
                .iter()
                .flat_map(|readout| [&readout.integrals[..], &readout.voltages].concat())
                .collect();
            [
                run.times().to_vec(),
                run.slopes().to_vec(),
                run.release_slopes().to_vec(),
                readouts,
            ]
        };
        for (name, (x, y)) in ["times", "slopes", "release slopes", "readouts"]
            .into_iter()
            .zip(columns(&found).into_iter().zip(columns(&expected)))
        {
            let differs = x.iter().zip(&y).position(|(x, y)| x != y);
            assert_eq!(
                (differs, x.len()),
                (None, y.len()),
                "{name} of {duration} ms"
            );
        }
        assert!(found == expected);
        let after = tight.statistics();
        let n_repeats = after.repeats - before.repeats;
        let n_windows = after.repeated_windows - before.repeated_windows;
        assert!(n_windows <= 64 * n_repeats, "{n_windows} in {n_repeats}");
        repeats.push(n_repeats);
    }
    assert!(
        repeats[1] > repeats[0],
        "later blocks were short too: {repeats:?}"
    );
    Ok(())
}

#[test]
fn two_runs_give_the_same_bits_on_either_method() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            let first = gradient(&engine, &drawn, method, usize::MAX)?;
            assert_eq!(
                first,
                gradient(&engine, &drawn, method, usize::MAX)?,
                "{seed} {method}"
            );
        }
    }
    Ok(())
}

#[test]
fn tiles_of_one_of_seven_and_of_all_columns_give_the_same_bits() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let all = gradient(&engine, &drawn, Method::Forward, usize::MAX)?;
        let n_columns = engine.statistics().tile_width;
        let one = gradient(&engine, &drawn, Method::Forward, 1)?;
        assert_eq!(engine.statistics().tile_width, 1);
        let mut memory = 1024;
        let seven = loop {
            let found = gradient(&engine, &drawn, Method::Forward, memory)?;
            match engine.statistics().tile_width {
                7 => break found,
                width if width < 7 => memory += memory / 16,
                width => panic!("{width} columns, {n_columns} in all: the step was too long"),
            }
        };
        assert_eq!(all, one, "{seed}");
        assert_eq!(all, seven, "{seed}");
    }
    Ok(())
}

#[test]
fn a_sample_does_not_depend_on_the_batch_it_is_in() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let both = engine.simulate(&drawn.problem())?;
        let inputs = drawn.inputs.select(&[1, 0, 1]);
        let turned = engine.simulate(&Problem {
            inputs: &inputs,
            ..drawn.problem()
        })?;
        for (sample, original) in [1, 0, 1].into_iter().enumerate() {
            let (there, here) = (turned.range(sample), both.range(original));
            assert_eq!(turned.times()[there.clone()], both.times()[here.clone()]);
            assert_eq!(turned.slopes()[there], both.slopes()[here]);
        }
    }
    Ok(())
}

#[test]
fn a_batch_in_chunks_is_the_batch_at_once() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let inputs = drawn.inputs.select(&[0, 1, 0, 1, 1, 0, 0, 1]);
        let problem = Problem {
            inputs: &inputs,
            ..drawn.problem()
        };
        let whole = engine.simulate(&problem)?;
        // Room for a few samples: found by asking for less until not one fits.
        let mut memory = 1 << 21;
        let mut n_smaller = 0;
        loop {
            let options = GpuOptions {
                memory: Some(memory),
                ..GpuOptions::default()
            };
            let Some(small) = gpu_with(&options) else {
                return Ok(());
            };
            match small.simulate(&problem) {
                Ok(found) => assert_eq!(found, whole, "{seed}, {memory} bytes"),
                Err(error) => {
                    assert_eq!(error.kind(), spikefront::ErrorKind::Memory, "{error}");
                    break;
                }
            }
            n_smaller += 1;
            memory /= 2;
        }
        assert!(n_smaller > 2, "{seed}");
    }
    Ok(())
}

#[test]
fn a_jacobian_contracts_to_the_gradient_and_methods_agree() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let inputs = drawn.inputs.select(&[0]);
        let problem = Problem {
            inputs: &inputs,
            ..drawn.problem()
        };
        let recording = engine.simulate(&problem)?;
        let cotangent: Cotangent = cotangent(&recording, seed);
        let mut weights = cotangent.spike_times.clone();
        weights.extend_from_slice(&cotangent.voltages[0]);
        weights.extend_from_slice(&cotangent.integrals[0]);
        weights.extend_from_slice(&cotangent.maxima[0]);
        let weights = ndarray::Array1::from(weights);
        let mut found = Vec::new();
        for method in [Method::Adjoint, Method::Forward] {
            let options = GradientOptions::everything(method);
            let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
            let gradient = engine.gradient(&problem, &recording, &cotangent, &options)?;
            found.push(weights.dot(&jacobian.parameters).to_vec());
            found.push(gradient.parameters);
        }
        for other in &found[1..] {
            crate::common::agree("gradient", &found[0], other, 1e-4).expect("they agree");
        }
        let mut wrong = found[0].clone();
        wrong[0] += 1.0;
        assert!(crate::common::agree("control", &found[0], &wrong, 1e-4).is_err());
    }
    Ok(())
}
