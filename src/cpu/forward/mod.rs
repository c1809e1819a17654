//! Forward propagation (Lee, Haghighatshoar and Karbasi 2023): the derivative of
//! every spike time with respect to every parameter, carried forward in time.
//!
//! A column is an independent linear system, so columns come in tiles and memory
//! is bounded by a tile; a tile is contracted with the cotangent as it goes, or
//! written into the Jacobian where that is asked for.

mod collect;
mod columns;
mod direction;
mod maximum;
mod own_values;
mod readout;
mod state;
mod walk;

use pulp::Arch;

use super::compiled::Compiled;
use super::own_values::local;
use super::replay::{Event, Replay, events};
use super::words::{Words, put_numbers};
use super::workers::{Question, Wire, Workers};
use super::workspace::{Pool, Workspace};
use super::{at_once, chunks};
use crate::Result;
use crate::engine::{Cotangent, Gradient, GradientOptions, Jacobian};
use crate::event::Recording;
use collect::{Collect, Contract, Write};
use columns::Columns;
pub(super) use direction::jvp;
use state::Sensitivity;
use walk::Walk;

/// What a chunk of samples adds to the gradient.
struct Partial {
    parameters: Vec<f64>,
    input_times: Vec<f64>,
}

pub(super) fn gradient(
    compiled: &Compiled<'_>,
    recording: &Recording,
    cotangent: &Cotangent,
    options: &GradientOptions,
    workers: &Workers<'_>,
) -> Result<Gradient> {
    let chunks = chunks(recording.n_samples());
    let mut gradient = Gradient {
        parameters: vec![0.0; compiled.values().len()],
        input_times: Vec::new(),
        grazing_spikes: workers.grazing_spikes(compiled, recording, &chunks, options)?,
    };
    for group in at_once(chunks.len()) {
        let walk = |ix: usize| {
            let samples = chunks[ix].clone();
            workers.pool.lend(|memory| {
                gradient_of_chunk(compiled, recording, cotangent, options, samples, memory)
            })
        };
        for partial in workers.map(Question::Gradient, group, walk, &Flat)? {
            for (sum, value) in gradient.parameters.iter_mut().zip(partial.parameters) {
                *sum += value;
            }
            gradient.input_times.extend(partial.input_times);
        }
    }
    Ok(gradient)
}

/// A partial gradient, from rank to rank.
struct Flat;

impl Wire<Partial> for Flat {
    fn write(&self, partial: &Partial, words: &mut Vec<u64>) {
        put_numbers(words, &partial.parameters);
        put_numbers(words, &partial.input_times);
    }

    fn read(&self, words: &mut Words<'_>) -> Option<Partial> {
        Some(Partial {
            parameters: words.numbers()?,
            input_times: words.numbers()?,
        })
    }
}

fn gradient_of_chunk(
    compiled: &Compiled<'_>,
    recording: &Recording,
    cotangent: &Cotangent,
    options: &GradientOptions,
    samples: std::ops::Range<usize>,
    memory: &mut Workspace,
) -> Partial {
    let n_parameters = compiled.values().len();
    let mut parameters = vec![0.0; n_parameters];
    let mut input_times = Vec::new();
    for sample in samples {
        let replay = Replay::new(compiled, recording, sample);
        let first_input = input_times.len();
        if options.input_times {
            input_times.resize(first_input + replay.input.times.len(), 0.0);
        }
        let n_inputs = replay.input.times.len();
        let columns = Columns::new(compiled, options, n_inputs);
        for_each_tile(
            compiled,
            &columns,
            &replay,
            options,
            memory,
            |walk, tile, events| {
                let mut contract = Contract {
                    compiled,
                    replay: &replay,
                    recording,
                    cotangent,
                    sample,
                    sum: vec![0.0; tile.len()],
                };
                walk.run(tile.clone(), events, &mut contract);
                for (&column, sum) in columns.flat[tile].iter().zip(contract.sum) {
                    match column.checked_sub(n_parameters) {
                        None => parameters[column] += sum,
                        Some(input) => input_times[first_input + input] += sum,
                    }
                }
            },
        );
    }
    Partial {
        parameters,
        input_times,
    }
}

pub(super) fn jacobian(
    compiled: &Compiled<'_>,
    recording: &Recording,
    sample: usize,
    options: &GradientOptions,
    pool: &Pool,
) -> Jacobian {
    let replay = Replay::new(compiled, recording, sample);
    let columns = Columns::new(compiled, options, replay.input.times.len());
    let mut jacobian = Jacobian::zeros(&compiled.problem, recording, sample);
    let range = recording.range(sample);
    jacobian.grazing_spikes = compiled.problem.grazing_spikes(recording, range, options);
    let visit = |walk: &mut Walk<'_>, tile: std::ops::Range<usize>, events: &[Event]| {
        let mut write = Write {
            compiled,
            replay: &replay,
            columns: &columns,
            first_column: tile.start,
            jacobian: &mut jacobian,
        };
        walk.run(tile, events, &mut write as &mut dyn Collect);
    };
    pool.lend(|memory| for_each_tile(compiled, &columns, &replay, options, memory, visit));
    jacobian
}

/// Walks one sample tile by tile, in tiles as wide as the memory setting allows.
fn for_each_tile<'a>(
    compiled: &'a Compiled<'a>,
    columns: &'a Columns,
    replay: &'a Replay<'a>,
    options: &GradientOptions,
    memory: &mut Workspace,
    mut visit: impl FnMut(&mut Walk<'a>, std::ops::Range<usize>, &[Event]),
) {
    let members: Vec<usize> = (0..compiled.populations.len()).collect();
    let events = events(compiled, &members, (0.0, replay.end), replay);
    let populations = compiled.populations.iter();
    let n_states: usize = populations.map(|p| (1 + p.receptors) * p.size).sum();
    let n_spikes: usize = replay.places.iter().map(Vec::len).sum();
    let per_column = (n_states + n_spikes + 1) * size_of::<f64>();
    let width = (options.tile_memory / per_column).clamp(1, columns.flat.len().max(1));
    let mut walk = Walk {
        compiled,
        columns,
        replay,
        local: match options.asks_of_neurons() {
            true => local(compiled, replay),
            false => Vec::new(),
        },
        slope_floor: options.slope_floor,
        arch: Arch::new(),
        states: compiled
            .populations
            .iter()
            .enumerate()
            .map(|(ix, population)| {
                let own = events.iter().filter(|event| event.member as usize == ix);
                let mut times: Vec<f64> = own.map(|event| event.time).collect();
                times.push(replay.end);
                let flows = |neuron: usize| {
                    let receptors = 0..population.receptors;
                    receptors
                        .map(|receptor| population.flow(neuron, receptor))
                        .collect()
                };
                Sensitivity::new(
                    times,
                    population.size,
                    width,
                    flows,
                    population.shared_flow.is_some(),
                    memory,
                )
            })
            .collect(),
        rows: replay
            .places
            .iter()
            .map(|spikes| (memory.take(spikes.len() * width), vec![0..0; spikes.len()]))
            .collect(),
        tile: 0..0,
        width,
        owners: vec![0..0; compiled.populations.len()],
    };
    for tile in columns.tiles(width) {
        visit(&mut walk, tile, &events);
    }
    for state in walk.states {
        memory.put(state.a);
        memory.put(state.b);
    }
    for (row, _) in walk.rows {
        memory.put(row);
    }
}
