//! A parallel stage in the co-moving frame: a block of neurons at a time, in registers.
//!
//! Per neuron and arrival: two multiply-adds and a comparison. V can reach its threshold inside a step and
//! be below it at the end only past a maximum v, where I = b v; a time t later it is still
//! `v (exp(-b t) + b gain(t))`, the less the longer the step. So the comparison of V at the step's end with that part
//! of the threshold, in the frame `(threshold - c) (exp(b t) + b exp(a t) gain)` with t at the step's start,
//! flags every crossing, and what is flagged gets the exact answer. A threshold below rest is crossed without such a maximum: V rises
//! until it is there, and the comparison is at the step's end.

use pulp::{Arch, Simd, WithSimd};

use super::look::{Lanes, Look};
use super::meet::Meet;
use super::parked::Parked;
use crate::cpu::arrivals::gather_rows;
use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::registers::{VECTORS, flags, load, n_registers, store};
use crate::cpu::sample::{HELD, NOT_HELD, PopulationState, Sample, SpikeColumns};
use crate::cpu::timeline::{GAP, NO_ROW, Timeline, bar};
use crate::cpu::workspace::Workspace;
use crate::dynamics::Flow;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (flow, weights): (Flow, &Blocks),
    (from, to): (f64, f64),
    samples: &mut [Sample<'_>],
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let n_samples = samples.len();
    scratch
        .timelines
        .resize_with(n_samples.max(scratch.timelines.len()), Timeline::default);
    for (sample, timeline) in samples.iter().zip(&mut scratch.timelines) {
        if !sample.is_finished {
            gather_rows(population, sample, (from, to), &mut scratch.arrivals);
            timeline.build(&flow, from, to, &scratch.arrivals, true);
        }
    }
    let firsts: Vec<usize> = samples
        .iter()
        .map(|s| s.spikes[population_ix].len())
        .collect();
    let mut runs: Vec<Run<'_>> = samples
        .iter_mut()
        .zip(&scratch.timelines)
        .filter(|(sample, _)| !sample.is_finished)
        .map(|(sample, timeline)| Run {
            timeline,
            state: &mut sample.states[population_ix],
            spikes: &mut sample.spikes[population_ix],
        })
        .collect();
    let arch = Arch::new();
    let budget = compiled.problem.options.spike_budget;
    for block in 0..population.padded() / BLOCK {
        if runs.iter().any(|run| run.spikes.len() > budget) {
            break;
        }
        arch.dispatch(AdvanceBlock {
            population,
            flow,
            weights: (weights.block(block), weights.width()),
            first_neuron: block * BLOCK,
            runs: &mut runs,
            budget,
        });
    }
    for (sample, first) in samples.iter_mut().zip(firsts) {
        let spikes = &mut sample.spikes[population_ix];
        scratch.spike_order.sort_from(spikes, first);
    }
}

/// One sample's share of a stage.
struct Run<'a> {
    timeline: &'a Timeline,
    state: &'a mut PopulationState,
    spikes: &'a mut SpikeColumns,
}

struct AdvanceBlock<'a, 'b> {
    population: &'a CompiledPopulation,
    flow: Flow,
    /// `[row][lane]`, and how many lanes a row has.
    weights: (&'a [f64], usize),
    first_neuron: usize,
    runs: &'a mut [Run<'b>],
    budget: usize,
}

impl WithSimd for AdvanceBlock<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            population,
            flow,
            weights,
            first_neuron,
            runs,
            budget,
        } = self;
        let width = VECTORS * S::F64_LANES;
        let used = BLOCK.min(population.size - first_neuron);
        for first_lane in (0..used).step_by(width) {
            for run in runs.iter_mut() {
                let lanes = Lanes {
                    population,
                    flow: &flow,
                    first: first_neuron + first_lane,
                    width: width.min(used - first_lane),
                    budget,
                };
                match n_registers(lanes.width, S::F64_LANES) {
                    1 => walk::<S, 1>(simd, &lanes, weights, first_lane, run),
                    2 => walk::<S, 2>(simd, &lanes, weights, first_lane, run),
                    _ => walk::<S, VECTORS>(simd, &lanes, weights, first_lane, run),
                }
                if run.spikes.len() > budget {
                    // One runaway is enough to refuse the batch.
                    return;
                }
            }
        }
    }
}

/// One sample's timeline over N registers of neurons.
#[inline(always)]
fn walk<S: Simd, const N: usize>(
    simd: S,
    lanes: &Lanes<'_>,
    (weights, row_width): (&[f64], usize),
    first_lane: usize,
    run: &mut Run<'_>,
) {
    let timeline = run.timeline;
    let n = timeline.len();
    let (steps, gains) = (&timeline.steps[..n], &timeline.gains[..n]);
    let (synapse, membrane) = (&timeline.synapse[..n], &timeline.membrane[..n]);
    let threshold = load::<S, N>(&lanes.population.thresholds[lanes.first..]);
    let is_negative = lanes.population.has_negative_threshold;
    let held = &mut run.state.release[lanes.first..];
    let potential = &mut run.state.potential[lanes.first..];
    let mut next_release = hold(&mut potential[..lanes.width], &held[..lanes.width]);
    let mut u = load::<S, N>(potential);
    let mut j = load::<S, N>(&run.state.current[lanes.first..]);
    let mut offset = [simd.splat_f64s(0.0); N];
    let mut parked = Parked::new();
    let none = simd.less_than_f64s(offset[0], offset[0]);
    let (mut start_synapse, mut start_membrane) = (1.0, 1.0);
    for step in 0..n {
        let gain = gains[step];
        if gain != 0.0 {
            let mut reached = [none; N];
            if gain > 0.0 {
                let splat = simd.splat_f64s(gain);
                let lower = bar(lanes.flow, gain, start_synapse, start_membrane);
                let lower = simd.splat_f64s(lower);
                let mut bars: [S::f64s; N] = offset;
                if is_negative {
                    // Below rest a threshold falls in the frame: the bar is at the end.
                    let upper = simd.splat_f64s(membrane[step]);
                    for ix in 0..N {
                        let end = simd.mul_f64s(threshold[ix], upper);
                        let least = simd.min_f64s(simd.mul_f64s(threshold[ix], lower), end);
                        bars[ix] = simd.add_f64s(bars[ix], least);
                    }
                } else {
                    for ix in 0..N {
                        bars[ix] = simd.mul_add_f64s(threshold[ix], lower, bars[ix]);
                    }
                }
                for ix in 0..N {
                    u[ix] = simd.mul_add_f64s(j[ix], splat, u[ix]);
                    reached[ix] = simd.greater_than_or_equal_f64s(u[ix], bars[ix]);
                }
            }
            let mut flagged = flags::<S, N>(simd, &reached);
            let is_due = steps[step].time >= next_release;
            if gain == GAP || is_due || flagged != 0 {
                std::hint::cold_path();
                let (mut at_u, mut at_j) = (u, j);
                if gain == GAP {
                    at_u = settle(simd, lanes, &u, &mut offset, &mut parked, run.spikes);
                }
                if flagged != 0 && !is_due {
                    let mut at_offset = offset;
                    let meet = Meet {
                        simd,
                        lanes,
                        timeline,
                        step,
                        flagged,
                        u: &mut at_u,
                        j: &at_j,
                        offset: &mut at_offset,
                        parked: &mut parked,
                        spikes: run.spikes,
                    };
                    flagged = simd.vectorize(meet);
                    offset = at_offset;
                }
                let mut look = Look {
                    lanes,
                    timeline,
                    step,
                    u: bytemuck::cast_slice_mut(&mut at_u),
                    j: bytemuck::cast_slice_mut(&mut at_j),
                    release: &mut run.state.release,
                    spikes: run.spikes,
                };
                if gain == GAP {
                    look.gap();
                } else if is_due {
                    look.release();
                }
                if flagged != 0 {
                    look.closer(flagged);
                }
                if run.spikes.len() > lanes.budget {
                    return;
                }
                if lanes.population.resets.is_none() {
                    let held = &run.state.release[lanes.first..][..lanes.width];
                    next_release = held.iter().copied().fold(NOT_HELD, f64::min);
                }
                (u, j) = (at_u, at_j);
            }
        }
        (start_synapse, start_membrane) = (synapse[step], membrane[step]);
        let row = steps[step].row;
        if row != NO_ROW {
            let row = load::<S, N>(&weights[row as usize * row_width + first_lane..]);
            let factor = simd.splat_f64s(synapse[step]);
            for ix in 0..N {
                j[ix] = simd.mul_add_f64s(row[ix], factor, j[ix]);
            }
        }
    }
    u = settle(simd, lanes, &u, &mut offset, &mut parked, run.spikes);
    let (end_synapse, end_membrane) = timeline.end_factors();
    let (a, b) = (
        simd.splat_f64s(1.0 / end_synapse),
        simd.splat_f64s(1.0 / end_membrane),
    );
    for ix in 0..N {
        u[ix] = simd.mul_f64s(u[ix], b);
        j[ix] = simd.mul_f64s(j[ix], a);
    }
    store::<S, N>(&mut run.state.potential[lanes.first..], &u);
    store::<S, N>(&mut run.state.current[lanes.first..], &j);
}

/// U without offsets, once all crossings are solved.
#[inline(always)]
fn settle<S: Simd, const N: usize>(
    simd: S,
    lanes: &Lanes<'_>,
    u: &[S::f64s; N],
    offset: &mut [S::f64s; N],
    parked: &mut Parked,
    spikes: &mut SpikeColumns,
) -> [S::f64s; N] {
    parked.settle(simd, lanes, bytemuck::cast_slice_mut(offset), spikes);
    let offset = std::mem::replace(offset, [simd.splat_f64s(0.0); N]);
    std::array::from_fn(|ix| simd.sub_f64s(u[ix], offset[ix]))
}

/// Marks held neurons in the frame and gives the first release.
fn hold(potential: &mut [f64], release: &[f64]) -> f64 {
    let mut next = NOT_HELD;
    for (potential, &release) in potential.iter_mut().zip(release) {
        if release != NOT_HELD {
            *potential = HELD;
            next = next.min(release);
        }
    }
    next
}
