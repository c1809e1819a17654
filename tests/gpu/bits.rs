//! What must not change a bit: room, chunks, tiles, runs, the order of a batch.
//!
//! Each check says what it found first; each is run again on kernels with one thing wrong, and must find something.

mod room;

use spikefront::gpu::{GpuEngine, GpuOptions};
use spikefront::{Cotangent, Engine, GradientOptions, Method, Problem, Result};

use self::room::{a_long_run, too_little_room};
use crate::common::{Drawn, agree, cotangent, draw_with_receptors};
use crate::device::{gpu, gpu_with, webgpu};
use crate::mutants::mutated_with;

/// Opens an engine, in controls one with a mutated kernel.
type Open<'a> = &'a dyn Fn(&GpuOptions) -> Option<GpuEngine>;

/// What is wrong, if anything is.
type Found = Result<Option<String>>;

fn default(open: Open<'_>) -> Option<GpuEngine> {
    open(&webgpu())
}

/// One network of each topology of the draw, and of each with several receptors: seeds, and how many receptors.
pub const SEEDS: [(u64, usize); 10] = [
    (0, 1),
    (2, 1),
    (4, 1),
    (6, 1),
    (21, 1),
    (28, 1),
    (0, 2),
    (2, 3),
    (4, 4),
    (6, 3),
];

/// What a seed draws, with everything recorded.
pub fn drawn((seed, receptors): (u64, usize)) -> Result<Drawn> {
    let mut drawn = draw_with_receptors(seed, receptors)?;
    drawn.options.record_maxima = true;
    Ok(drawn)
}

pub fn gradient(
    engine: &GpuEngine,
    drawn: &Drawn,
    method: Method,
    tile_memory: usize,
) -> Result<(spikefront::Gradient, spikefront::event::Recording)> {
    let problem = drawn.problem();
    let recording = engine.simulate(&problem)?;
    let cotangent = cotangent(&recording, 1);
    let options = GradientOptions::everything(method)
        .and_neurons()
        .tile_memory(tile_memory);
    Ok((
        engine.gradient(&problem, &recording, &cotangent, &options)?,
        recording,
    ))
}

fn two_runs(open: Open<'_>) -> Found {
    let Some(engine) = default(open) else {
        return Ok(None);
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        for method in [Method::Adjoint, Method::Forward] {
            let first = gradient(&engine, &drawn, method, usize::MAX)?;
            if first != gradient(&engine, &drawn, method, usize::MAX)? {
                return Ok(Some(format!("{seed:?} {method}")));
            }
        }
    }
    Ok(None)
}

fn tiles_of_one_of_seven_and_of_all_columns(open: Open<'_>) -> Found {
    let Some(engine) = default(open) else {
        return Ok(None);
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let all = gradient(&engine, &drawn, Method::Forward, usize::MAX)?;
        let n_columns = engine.statistics().tile_width;
        let one = gradient(&engine, &drawn, Method::Forward, 1)?;
        assert_eq!(engine.statistics().tile_width, 1);
        let (mut memory, mut seven) = (1 << 16, None);
        for _ in 0..20 {
            let found = gradient(&engine, &drawn, Method::Forward, memory)?;
            let width = engine.statistics().tile_width;
            if width == 7 {
                seven = Some(found);
                break;
            }
            // A tile's width grows in proportion to its memory, up to all columns.
            memory = memory * 15 / (2 * width + 1);
        }
        let seven = seven.unwrap_or_else(|| panic!("no tiles of 7 of {n_columns} columns"));
        if all != one || all != seven {
            return Ok(Some(format!("{seed:?}")));
        }
    }
    Ok(None)
}

fn a_sample_in_another_batch(open: Open<'_>) -> Found {
    let Some(engine) = default(open) else {
        return Ok(None);
    };
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
            let is_same = turned.times()[there.clone()] == both.times()[here.clone()]
                && turned.slopes()[there] == both.slopes()[here];
            if !is_same {
                return Ok(Some(format!("{seed:?}, sample {original}")));
            }
        }
    }
    Ok(None)
}

fn a_batch_in_chunks(open: Open<'_>) -> Found {
    let Some(engine) = gpu() else {
        return Ok(None);
    };
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
            let options = webgpu().memory(Some(memory));
            let Some(small) = open(&options) else {
                return Ok(None);
            };
            match small.simulate(&problem) {
                Ok(found) if found != whole => {
                    return Ok(Some(format!("{seed:?}, {memory} bytes")));
                }
                Ok(_) => {}
                Err(error) if error.kind() == spikefront::ErrorKind::Memory => break,
                Err(error) => return Err(error),
            }
            n_smaller += 1;
            memory /= 2;
        }
        assert!(n_smaller > 2, "{seed:?}");
    }
    Ok(None)
}

/// A Jacobian contracts to the gradient, and methods agree.
fn jacobians_and_gradients(open: Open<'_>) -> Found {
    let Some(engine) = default(open) else {
        return Ok(None);
    };
    for seed in SEEDS {
        let drawn = drawn(seed)?;
        let inputs = drawn.inputs.select(&[0]);
        let problem = Problem {
            inputs: &inputs,
            ..drawn.problem()
        };
        let recording = engine.simulate(&problem)?;
        let cotangent: Cotangent = cotangent(&recording, seed.0);
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
            if let Err(what) = agree("gradient", &found[0], other, 1e-4) {
                return Ok(Some(format!("{seed:?}: {what}")));
            }
        }
    }
    Ok(None)
}

macro_rules! tests {
    ($($name:ident: $check:ident,)*) => {
        $(#[test]
        fn $name() -> Result<()> {
            assert_eq!($check(&gpu_with)?, None);
            Ok(())
        })*
    };
}

tests! {
    runs_with_too_little_room_are_repeated_and_lose_nothing: too_little_room,
    of_a_long_run_only_blocks_are_repeated_and_nothing_is_lost: a_long_run,
    two_runs_give_the_same_bits_on_either_method: two_runs,
    tiles_of_any_width_give_the_same_bits: tiles_of_one_of_seven_and_of_all_columns,
    a_sample_does_not_depend_on_the_batch_it_is_in: a_sample_in_another_batch,
    a_batch_in_chunks_is_the_batch_at_once: a_batch_in_chunks,
    a_jacobian_contracts_to_the_gradient_and_methods_agree: jacobians_and_gradients,
}

#[test]
fn each_check_tells_kernels_with_one_thing_wrong() -> Result<()> {
    if gpu().is_none() {
        return Ok(());
    }
    type Check = fn(Open<'_>) -> Found;
    let mutants: [(Check, &str, &str); 12] = [
        // Spikes, then arrivals, for which there was no room are forgotten.
        (
            too_little_room,
            "n_fired > sizes.fired_capacity || start + n_fired > parameters.source_capacity",
            "false",
        ),
        (too_little_room, "total > sizes.arrivals_capacity", "false"),
        (
            a_long_run,
            "n_fired > sizes.fired_capacity || start + n_fired > parameters.source_capacity",
            "false",
        ),
        // A release is noted at no spike from before the window.
        (
            a_long_run,
            "} else if ((*state).last != NONE) {",
            "} else if (false) {",
        ),
        // What the run before has left is added.
        (
            two_runs,
            "parameters.is_first_chunk == 0u",
            "parameters.is_first_chunk != 0u",
        ),
        // The columns of a tile share a state, or the rows of spikes.
        (
            tiles_of_one_of_seven_and_of_all_columns,
            "(slot * sizes.n_units + unit) * parameters.tile_width + column",
            "(slot * sizes.n_units + unit) * parameters.tile_width",
        ),
        (
            tiles_of_one_of_seven_and_of_all_columns,
            "sizes.n_input_places) * parameters.tile_width + column",
            "sizes.n_input_places) * parameters.tile_width",
        ),
        // Every slot meets the first one's spikes.
        (
            a_sample_in_another_batch,
            "let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;",
            "let sample_base = 0u;",
        ),
        (
            a_batch_in_chunks,
            "let sample_base = slot * sizes.sample_stride * sizes.spikes_capacity;",
            "let sample_base = 0u;",
        ),
        // The adjoint, then forward propagation, by another rule.
        (
            jacobians_and_gradients,
            "adjoint.y - adjoint.x",
            "adjoint.y + adjoint.x",
        ),
        (
            jacobians_and_gradients,
            "state.x - moved",
            "state.x + moved",
        ),
        // A delay has the arrivals of all projections.
        (
            jacobians_and_gradients,
            "if (projection_of(arrivals[first + k]) == parameters.projection)",
            "if (true)",
        ),
    ];
    for (check, right, wrong) in mutants {
        let open = |options: &GpuOptions| mutated_with(options, right, wrong);
        // One that cannot be run is told as well.
        let told = check(&open).unwrap_or_else(|error| Some(error.to_string()));
        println!("{wrong:?} for {right:?}: {told:?}");
        assert!(told.is_some(), "{wrong:?} passes for {right:?}");
    }
    Ok(())
}
