//! The gradient of one scalar loss by one sweep backward in time (EventProp,
//! Wunderlich and Pehle 2021, with both resets, delays and refractory times).
//!
//! With lv and li the adjoints of potential and current, and ell = dL/d(spike time),
//! going backward:
//!
//! ```text
//! over t:            li <- li exp(-a t) + lv gain(t)      lv <- lv exp(-b t)
//! arrival, weight w: dL/dw += li     x = -w lv + a w li     dL/ddelay += x     ell[source] += x
//! release:           ell[spike] -= rate' lv                 lv = 0
//! spike, Subtract:   ell -= b threshold lv                  dL/dthreshold -= lv
//! spike:             lv -= ell / rate                       dL/dthreshold += ell / rate
//! ```

mod bank;
mod by_arrival;
mod frame_bank;
mod integral;
mod own;
mod own_steps;
mod own_values;
mod plain;
mod plain_bank;
mod reverse;
mod spike;
mod sweep;
mod vector;
mod wire;

use ndarray::ArrayView1;

use super::blocks::Blocks;
use super::compiled::Compiled;
use super::threads::Threads;
use super::workers::{Question, Workers};
use super::workspace::{Pool, Workspace};
use super::{at_once, chunks};
use crate::Result;
use crate::engine::{Cotangent, Gradient, GradientOptions, Jacobian};
use crate::event::Recording;
use crate::plan::{Stage, StageKind};
use sweep::Sweep;
use wire::Blockwise;

pub(super) use own_steps::OwnSteps;
pub(super) use sweep::SweepMemory;

/// What one chunk of samples adds to the gradient.
struct Partial {
    /// Gradients of weights by block, for each population in the frame.
    blocks: Vec<Option<Blocks>>,
    /// Everything else, in the order of the flat vector; empty where it is not needed.
    flat: Vec<f64>,
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
    let pool = workers.pool;
    let wire = Blockwise { compiled, pool };
    for group in at_once(chunks.len()) {
        let sweep = |ix: usize| {
            let samples = chunks[ix].clone();
            sweep_chunk(compiled, recording, cotangent, options, samples, pool)
        };
        let partials = workers.map(Question::Gradient, group, sweep, &wire)?;
        for partial in &partials {
            gradient.input_times.extend_from_slice(&partial.input_times);
        }
        let parameters = &mut gradient.parameters;
        let memory = (workers.threads, pool);
        finish(compiled, options, partials, memory, parameters);
    }
    Ok(gradient)
}

/// The Jacobian of one sample, a sweep for each of its rows.
pub(super) fn jacobian(
    compiled: &Compiled<'_>,
    recording: &Recording,
    sample: usize,
    options: &GradientOptions,
    (threads, pool): (&Threads, &Pool),
) -> Jacobian {
    let mut jacobian = Jacobian::zeros(&compiled.problem, recording, sample);
    let range = recording.range(sample);
    jacobian.grazing_spikes = compiled.problem.grazing_spikes(recording, range, options);
    let mut cotangent = Cotangent::zeros(recording);
    let n_samples = recording.n_samples();
    let mut row = 0;
    let mut differentiate = |cotangent: &Cotangent| {
        let samples = sample..sample + 1;
        let partial = sweep_chunk(compiled, recording, cotangent, options, samples, pool);
        if options.input_times {
            jacobian
                .input_times
                .row_mut(row)
                .assign(&ArrayView1::from(&partial.input_times));
        }
        let mut parameters = vec![0.0; compiled.values().len()];
        let partials = vec![partial];
        finish(
            compiled,
            options,
            partials,
            (threads, pool),
            &mut parameters,
        );
        jacobian
            .parameters
            .row_mut(row)
            .assign(&ArrayView1::from(&parameters));
        row += 1;
    };
    for ix in recording.range(sample) {
        cotangent.spike_times[ix] = 1.0;
        differentiate(&cotangent);
        cotangent.spike_times[ix] = 0.0;
    }
    for readout in 0..recording.readouts().len() {
        for of in [voltages, integrals, maxima] {
            let len = of(&mut cotangent, readout).len() / n_samples;
            for ix in sample * len..(sample + 1) * len {
                of(&mut cotangent, readout)[ix] = 1.0;
                differentiate(&cotangent);
                of(&mut cotangent, readout)[ix] = 0.0;
            }
        }
    }
    jacobian
}

fn voltages(cotangent: &mut Cotangent, readout: usize) -> &mut [f64] {
    &mut cotangent.voltages[readout]
}

fn integrals(cotangent: &mut Cotangent, readout: usize) -> &mut [f64] {
    &mut cotangent.integrals[readout]
}

fn maxima(cotangent: &mut Cotangent, readout: usize) -> &mut [f64] {
    &mut cotangent.maxima[readout]
}

/// Adds partial gradients in their order, and clears what was computed on the way but not asked for.
fn finish(
    compiled: &Compiled<'_>,
    options: &GradientOptions,
    mut partials: Vec<Partial>,
    (threads, pool): (&Threads, &Pool),
    parameters: &mut [f64],
) {
    for partial in &partials {
        for (sum, value) in parameters.iter_mut().zip(&partial.flat) {
            *sum += value;
        }
    }
    for (ix, population) in compiled.populations.iter().enumerate() {
        let mut blocks: Vec<Blocks> = partials
            .iter_mut()
            .filter_map(|p| p.blocks[ix].take())
            .collect();
        if let Some((sum, rest)) = blocks.split_first_mut() {
            sum.add(rest, threads);
            sum.add_to(&population.row_weight, parameters);
        }
        pool.keep(blocks);
    }
    pool.keep_flat(partials.into_iter().map(|partial| partial.flat));
    for tensor in compiled.problem.network.layout().tensors() {
        if !options.asks(tensor.kind) {
            parameters[tensor.range.clone()].fill(0.0);
        }
    }
}

fn sweep_chunk(
    compiled: &Compiled<'_>,
    recording: &Recording,
    cotangent: &Cotangent,
    options: &GradientOptions,
    samples: std::ops::Range<usize>,
    pool: &Pool,
) -> Partial {
    let needs_flat = options.delays
        || options.thresholds
        || options.asks_of_neurons()
        || compiled
            .populations
            .iter()
            .any(|p| p.frame.is_none() || !p.is_spiking)
        || compiled
            .plan
            .stages()
            .iter()
            .any(|s| s.kind == StageKind::Sequential);
    let mut partial = Partial {
        blocks: (compiled.populations.iter())
            .map(|p| Some(pool.zeros_like(p.weights.as_ref()?)))
            .collect(),
        flat: pool.flat_zeros(if needs_flat {
            compiled.values().len()
        } else {
            0
        }),
        input_times: Vec::new(),
    };
    pool.lend(|scratch| {
        let mut sweeps: Vec<Sweep<'_>> = samples
            .map(|ix| {
                let memory = scratch.sweeps.pop().unwrap_or_default();
                Sweep::new(compiled, recording, cotangent, options, ix, memory)
            })
            .collect();
        for window in (0..compiled.plan.n_windows()).rev() {
            let bounds = compiled.plan.bounds(window);
            if sweeps.iter().all(|sweep| sweep.replay.end <= bounds.0) {
                continue;
            }
            for stage in compiled.plan.stages().iter().rev() {
                reverse_stage(
                    compiled,
                    stage,
                    bounds,
                    options,
                    &mut sweeps,
                    &mut partial,
                    scratch,
                );
            }
        }
        for sweep in sweeps {
            if options.input_times {
                partial.input_times.extend_from_slice(&sweep.ell_input);
            }
            if options.asks_of_neurons() {
                own_values::add(compiled, &sweep, &mut partial.flat);
            }
            scratch.sweeps.push(sweep.into_memory());
        }
    });
    partial
}

fn reverse_stage(
    compiled: &Compiled<'_>,
    stage: &Stage,
    bounds: (f64, f64),
    options: &GradientOptions,
    sweeps: &mut [Sweep<'_>],
    partial: &mut Partial,
    scratch: &mut Workspace,
) {
    let first = stage.populations[0].index();
    let population = &compiled.populations[first];
    let is_parallel = stage.kind == StageKind::Parallel && population.is_spiking;
    if let (true, Some(blocks)) = (is_parallel, &mut partial.blocks[first]) {
        vector::reverse(
            compiled,
            first,
            bounds,
            options,
            sweeps,
            (blocks, &mut partial.flat),
            scratch,
        );
        return;
    }
    let by_arrival = compiled.by_arrival(stage);
    for sweep in sweeps
        .iter_mut()
        .filter(|sweep| bounds.0 < sweep.replay.end)
    {
        if let Some(neurons) = by_arrival {
            by_arrival::reverse(compiled, (stage, neurons), bounds, sweep, &mut partial.flat);
        } else if is_parallel {
            plain::reverse(compiled, first, bounds, sweep, &mut partial.flat, scratch);
        } else {
            let flat = &mut partial.flat;
            if !population.is_spiking {
                integral::reverse(compiled, first, bounds, options, sweep, flat, scratch);
            }
            let gradient = (&mut partial.blocks[..], &mut flat[..]);
            reverse::reverse(compiled, stage, bounds, options, sweep, gradient, scratch);
        }
    }
}
