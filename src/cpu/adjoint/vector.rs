//! A parallel stage backward in the co-moving frame: a block of neurons at a time, in registers.
//!
//! With `lv = exp(b t) Lv` and `li = exp(a t) Li` the flow backward over a step is
//! `Li += Lv gain` with the very gain of the step forward. A block that no
//! relevant spike has reached yet is zero and is passed over.

use pulp::{Arch, Simd, WithSimd};

use super::own::{Back, Lanes};
use super::own_steps::OwnSteps;
use super::sweep::{AdjointState, Sweep};
use crate::cpu::arrivals::gather_rows;
use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::registers::{VECTORS, bits, load, n_registers, store};
use crate::cpu::sample::SpikeColumns;
use crate::cpu::timeline::{GAP, NO_ROW, Timeline};
use crate::cpu::workspace::Workspace;
use crate::dynamics::Flow;
use crate::engine::GradientOptions;

pub(super) fn reverse(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (from, to): (f64, f64),
    options: &GradientOptions,
    sweeps: &mut [Sweep<'_>],
    (blocks, flat): (&mut Blocks, &mut [f64]),
    scratch: &mut Workspace,
) {
    let population = &compiled.populations[population_ix];
    let (Some(flow), Some(weights)) = (population.frame, &population.weights) else {
        return;
    };
    let wants_inputs = options.input_times || options.delays;
    let wants_arrivals = wants_inputs || population.incoming.iter().any(|i| i.source.is_some());
    let n = sweeps.len().max(scratch.timelines.len());
    scratch.timelines.resize_with(n, Timeline::default);
    let mut runs: Vec<Run<'_>> = Vec::with_capacity(sweeps.len());
    scratch.own_steps.resize_with(n, OwnSteps::default);
    let memory = scratch.timelines.iter_mut().zip(&mut scratch.own_steps);
    for (sweep, (timeline, events)) in sweeps.iter_mut().zip(memory) {
        sweep.on_arrivals.clear();
        sweep.on_thresholds.clear();
        let Some(until) = sweep.relevant_until(population_ix, (from, to)) else {
            continue;
        };
        let window = (from, until);
        gather_rows(population, &sweep.replay, window, &mut scratch.arrivals);
        timeline.build(&flow, window.0, window.1, &scratch.arrivals, false);
        let spikes = &sweep.replay.spikes[population_ix];
        events.gather(population, &flow, spikes, window, timeline);
        let state = &mut sweep.states[population_ix];
        state.is_untouched = false;
        if wants_arrivals {
            sweep.on_arrivals.resize(timeline.len(), 0.0);
        }
        if options.thresholds {
            sweep.on_thresholds.resize(population.size, 0.0);
        }
        runs.push(Run {
            events,
            on_arrivals: &mut sweep.on_arrivals,
            thresholds: &mut sweep.on_thresholds,
            timeline,
            slope_floor: sweep.slope_floor,
            spikes,
            ell: &mut sweep.ell[population_ix],
            state,
        });
    }
    let arch = Arch::new();
    for block in 0..population.padded() / BLOCK {
        arch.dispatch(ReverseBlock {
            population,
            flow,
            weights: weights.block(block),
            gradient: blocks.block_mut(block),
            row_width: weights.width(),
            block,
            runs: &mut runs,
        });
    }
    for (sweep, timeline) in sweeps.iter_mut().zip(&scratch.timelines) {
        for (neuron, value) in sweep.on_thresholds.iter().enumerate() {
            flat[population.first_threshold + neuron] += value;
        }
        let on_arrivals = std::mem::take(&mut sweep.on_arrivals);
        for (step, &x) in on_arrivals.iter().enumerate() {
            let row = timeline.steps[step].row;
            if row != NO_ROW {
                if options.delays {
                    flat[population.delay_of(row as usize, 0)] += x;
                }
                let source = population.incoming_of(row).source;
                sweep.add_to_source(source, timeline.steps[step].origin, x);
            }
        }
        sweep.on_arrivals = on_arrivals;
    }
}

/// One sample's share of a stage.
struct Run<'a> {
    timeline: &'a Timeline,
    events: &'a OwnSteps,
    spikes: &'a SpikeColumns,
    ell: &'a mut Vec<f64>,
    state: &'a mut AdjointState,
    slope_floor: f64,
    /// dL/d(arrival time) by step; empty where nobody asks.
    on_arrivals: &'a mut [f64],
    /// dL/dthreshold by neuron; empty where nobody asks.
    thresholds: &'a mut [f64],
}

struct ReverseBlock<'a, 'b> {
    population: &'a CompiledPopulation,
    flow: Flow,
    /// `[row][lane]`, as is the gradient.
    weights: &'a [f64],
    gradient: &'a mut [f64],
    row_width: usize,
    block: usize,
    runs: &'a mut [Run<'b>],
}

impl WithSimd for ReverseBlock<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = VECTORS * S::F64_LANES;
        let used = BLOCK.min(self.population.size - self.block * BLOCK);
        for first_lane in (0..used).step_by(width) {
            let n = n_registers(used - first_lane, S::F64_LANES);
            for run in self.runs.iter_mut() {
                let lanes = Lanes {
                    population: self.population,
                    flow: &self.flow,
                    block: self.block,
                    first_lane,
                    width: n * S::F64_LANES,
                };
                let rows = (self.weights, &mut *self.gradient, self.row_width);
                match n {
                    1 => walk::<S, 1>(simd, &lanes, rows, run),
                    2 => walk::<S, 2>(simd, &lanes, rows, run),
                    _ => walk::<S, VECTORS>(simd, &lanes, rows, run),
                }
            }
        }
    }
}

/// One sample's timeline, backward, over N registers of neurons.
#[inline(always)]
fn walk<S: Simd, const N: usize>(
    simd: S,
    lanes: &Lanes<'_>,
    (weights, gradient, row_width): (&[f64], &mut [f64], usize),
    run: &mut Run<'_>,
) {
    let timeline = run.timeline;
    let n = timeline.len();
    let (steps, gains) = (&timeline.steps[..n], &timeline.gains[..n]);
    let (synapse, membrane) = (&timeline.synapse[..n], &timeline.membrane[..n]);
    let first = lanes.block * BLOCK + lanes.first_lane;
    let (end_synapse, end_membrane) = timeline.end_factors();
    let wants_arrivals = !run.on_arrivals.is_empty();
    let rate = simd.splat_f64s(lanes.flow.synapse_rate);
    // lv = exp(b t) Lv at the window's end.
    let mut v = load::<S, N>(&run.state.potential[first..]);
    let mut i = load::<S, N>(&run.state.current[first..]);
    let mut is_active = has_any(simd, &v, &i);
    if is_active {
        let (a, b) = (
            simd.splat_f64s(1.0 / end_synapse),
            simd.splat_f64s(1.0 / end_membrane),
        );
        for ix in 0..N {
            v[ix] = simd.mul_f64s(v[ix], b);
            i[ix] = simd.mul_f64s(i[ix], a);
        }
    }
    let mut back = Back {
        lanes,
        timeline,
        spikes: run.spikes,
        ell: run.ell,
        slope_floor: run.slope_floor,
        events: run.events.block(lanes.block),
        thresholds: run.thresholds,
    };
    let mut step = n;
    while step > 0 {
        if !is_active {
            match back.next_step() {
                // Nothing happens to a zero state before its next event of its own.
                Some(next) => step = next + 1,
                None => break,
            }
        }
        step -= 1;
        let row = steps[step].row;
        if row != NO_ROW && is_active {
            let at = row as usize * row_width + lanes.first_lane;
            let factor = simd.splat_f64s(synapse[step]);
            let mut sums = load::<S, N>(&gradient[at..]);
            if wants_arrivals {
                let w = load::<S, N>(&weights[at..]);
                let decay = simd.splat_f64s(membrane[step]);
                let mut total = simd.splat_f64s(0.0);
                for ix in 0..N {
                    let li = simd.mul_f64s(i[ix], factor);
                    let lv = simd.mul_f64s(v[ix], decay);
                    sums[ix] = simd.add_f64s(sums[ix], li);
                    let x = simd.sub_f64s(simd.mul_f64s(rate, li), lv);
                    total = simd.mul_add_f64s(w[ix], x, total);
                }
                run.on_arrivals[step] += simd.reduce_sum_f64s(total);
            } else {
                for ix in 0..N {
                    sums[ix] = simd.mul_add_f64s(i[ix], factor, sums[ix]);
                }
            }
            store::<S, N>(&mut gradient[at..], &sums);
        }
        let gain = gains[step];
        if back.next_step() == Some(step) || gain == GAP {
            let (mut at_v, mut at_i) = (v, i);
            let (lanes_v, lanes_i) = (
                bytemuck::cast_slice_mut(&mut at_v),
                bytemuck::cast_slice_mut(&mut at_i),
            );
            if gain == GAP {
                back.through_gap(step, lanes_v, lanes_i);
            } else {
                let mut at_gain = [simd.splat_f64s(gain); N];
                let gains = bytemuck::cast_slice_mut(&mut at_gain);
                back.through_events(step, lanes_v, lanes_i, gains);
                for ix in 0..N {
                    at_i[ix] = simd.mul_add_f64s(at_v[ix], at_gain[ix], at_i[ix]);
                }
            }
            (v, i) = (at_v, at_i);
            is_active = has_any(simd, &v, &i);
        } else if gain > 0.0 {
            let gain = simd.splat_f64s(gain);
            for ix in 0..N {
                i[ix] = simd.mul_add_f64s(v[ix], gain, i[ix]);
            }
        }
    }
    // The frame at the window's start is the state itself.
    store::<S, N>(&mut run.state.potential[first..], &v);
    store::<S, N>(&mut run.state.current[first..], &i);
}

/// Whether any number differs from zero.
#[inline(always)]
fn has_any<S: Simd, const N: usize>(simd: S, v: &[S::f64s; N], i: &[S::f64s; N]) -> bool {
    let zero = simd.splat_f64s(0.0);
    let differs = |ix: usize| {
        let are_zero = simd.and_m64s(simd.equal_f64s(v[ix], zero), simd.equal_f64s(i[ix], zero));
        bits::<S>(are_zero) != (1 << S::F64_LANES) - 1
    };
    (0..N).any(differs)
}
