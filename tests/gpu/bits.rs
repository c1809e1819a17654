//! What must not change a bit: room, chunks, tiles, runs, the order of a batch.

use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result};

use crate::common::{Drawn, cotangent, draw};
use crate::device::{gpu, gpu_with};

/// One network of each topology of the draw.
const SEEDS: [u64; 6] = [0, 2, 4, 6, 21, 28];

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
        let drawn = draw(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            tight.start_tight();
            let before = tight.statistics();
            let found = gradient(&tight, &drawn, method, usize::MAX)?;
            let after = tight.statistics();
            assert!(after.repeated_runs > before.repeated_runs, "{seed}");
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

#[test]
fn two_runs_give_the_same_bits_on_either_method() -> Result<()> {
    let Some(engine) = gpu() else { return Ok(()) };
    for seed in SEEDS {
        let drawn = draw(seed)?;
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
        let drawn = draw(seed)?;
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
        let drawn = draw(seed)?;
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
        let drawn = draw(seed)?;
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
        let drawn = draw(seed)?;
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
