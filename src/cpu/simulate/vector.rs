//! A parallel stage in the co-moving frame: a block of neurons at a time, in registers.
//!
//! Per neuron and arrival: two multiply-adds and a comparison. The comparison
//! asks whether U at the step's end has reached the threshold *at the step's
//! start*, in the frame `(threshold - c) exp(b t)`. U is monotone inside a step
//! (dU/dt has the sign of J), so this can be wrong in one direction only: every
//! crossing is flagged, and what is flagged gets the exact answer.

use pulp::{Arch, Simd, WithSimd};

use super::Scratch;
use crate::cpu::arrivals::gather_rows;
use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::compiled::{Compiled, CompiledPopulation};
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState, Sample, SpikeColumns};
use crate::cpu::timeline::{GAP, NO_ROW, Timeline};
use crate::dynamics::{Flow, NeuronState, SpikeSink, first_crossing, later, solve};

/// Vectors of neurons that walk through a timeline together: enough independent
/// chains of multiply-adds to hide their latency.
const VECTORS: usize = 4;

/// U of a neuron that is held at its reset potential: nothing that arrives lifts it to a threshold.
const HELD: f64 = -1e300;

pub(super) fn advance(
    compiled: &Compiled<'_>,
    population_ix: usize,
    (flow, weights): (Flow, &Blocks),
    (from, to): (f64, f64),
    samples: &mut [Sample<'_>],
    scratch: &mut Scratch,
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
    for block in 0..population.padded() / BLOCK {
        arch.dispatch(AdvanceBlock {
            population,
            flow,
            weights: weights.block(block),
            first_neuron: block * BLOCK,
            runs: &mut runs,
            budget: compiled.problem.options.spike_budget,
        });
    }
    for (sample, first) in samples.iter_mut().zip(firsts) {
        sample.spikes[population_ix].sort_from(first);
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
    /// `[row][lane]`.
    weights: &'a [f64],
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
            for run in runs.iter_mut().filter(|run| run.spikes.len() <= budget) {
                let lanes = Lanes {
                    population,
                    flow: &flow,
                    first: first_neuron + first_lane,
                    width: width.min(used - first_lane),
                    budget,
                };
                walk(simd, &lanes, weights, first_lane, run);
            }
        }
    }
}

/// The neurons that walk together.
struct Lanes<'a> {
    population: &'a CompiledPopulation,
    flow: &'a Flow,
    /// The first neuron.
    first: usize,
    /// How many there are; the rest of the registers is padding.
    width: usize,
    budget: usize,
}

#[inline(always)]
fn load<S: Simd>(values: &[f64]) -> [S::f64s; VECTORS] {
    let vectors = S::as_simd_f64s(&values[..VECTORS * S::F64_LANES]).0;
    std::array::from_fn(|ix| vectors[ix])
}

#[inline(always)]
fn store<S: Simd>(values: &mut [f64], vectors: &[S::f64s; VECTORS]) {
    let target = S::as_mut_simd_f64s(&mut values[..VECTORS * S::F64_LANES]).0;
    target.copy_from_slice(vectors);
}

/// One sample's timeline over VECTORS registers of neurons.
#[inline(always)]
fn walk<S: Simd>(
    simd: S,
    lanes: &Lanes<'_>,
    weights: &[f64],
    first_lane: usize,
    run: &mut Run<'_>,
) {
    let timeline = run.timeline;
    let n = timeline.len();
    let (times, gains, rows) = (
        &timeline.times[..n],
        &timeline.gains[..n],
        &timeline.rows[..n],
    );
    let (synapse, membrane) = (&timeline.synapse[..n], &timeline.membrane[..n]);
    let threshold = load::<S>(&lanes.population.thresholds[lanes.first..]);
    let is_negative = lanes.population.has_negative_threshold;
    let held = &mut run.state.release[lanes.first..];
    let potential = &mut run.state.potential[lanes.first..];
    let mut next_release = hold(&mut potential[..lanes.width], &held[..lanes.width]);
    let mut u = load::<S>(potential);
    let mut j = load::<S>(&run.state.current[lanes.first..]);
    let mut spill_u = [0.0; BLOCK];
    let mut spill_j = [0.0; BLOCK];
    let mut start_membrane = 1.0;
    for step in 0..n {
        let gain = gains[step];
        if gain != 0.0 {
            let mut flagged = [false; VECTORS];
            if gain > 0.0 {
                let splat = simd.splat_f64s(gain);
                let lower = simd.splat_f64s(start_membrane);
                for ix in 0..VECTORS {
                    u[ix] = simd.mul_add_f64s(j[ix], splat, u[ix]);
                    let mut bar = simd.mul_f64s(threshold[ix], lower);
                    if is_negative {
                        // Below its drive a threshold falls in the frame: the bar is at the end.
                        let upper = simd.splat_f64s(membrane[step]);
                        bar = simd.min_f64s(bar, simd.mul_f64s(threshold[ix], upper));
                    }
                    let reached = simd.greater_than_or_equal_f64s(u[ix], bar);
                    flagged[ix] = simd.first_true_m64s(reached) < S::F64_LANES;
                }
            }
            let is_due = times[step] >= next_release;
            if gain == GAP || is_due || flagged.iter().any(|&flag| flag) {
                store::<S>(&mut spill_u, &u);
                store::<S>(&mut spill_j, &j);
                let mut look = Look {
                    lanes,
                    timeline,
                    step,
                    u: &mut spill_u,
                    j: &mut spill_j,
                    release: &mut run.state.release,
                    spikes: run.spikes,
                };
                if gain == GAP {
                    look.gap();
                } else if is_due {
                    look.release();
                }
                for (ix, _) in flagged.iter().enumerate().filter(|(_, flag)| **flag) {
                    look.closer(ix * S::F64_LANES..(ix + 1) * S::F64_LANES);
                }
                if run.spikes.len() > lanes.budget {
                    return;
                }
                let held = &run.state.release[lanes.first..][..lanes.width];
                next_release = held.iter().copied().fold(NOT_HELD, f64::min);
                u = load::<S>(&spill_u);
                j = load::<S>(&spill_j);
            }
        }
        start_membrane = membrane[step];
        if rows[step] != NO_ROW {
            let row = load::<S>(&weights[rows[step] as usize * BLOCK + first_lane..]);
            let factor = simd.splat_f64s(synapse[step]);
            for ix in 0..VECTORS {
                j[ix] = simd.mul_add_f64s(row[ix], factor, j[ix]);
            }
        }
    }
    let (end_synapse, end_membrane) = timeline.end_factors();
    let (a, b) = (
        simd.splat_f64s(1.0 / end_synapse),
        simd.splat_f64s(1.0 / end_membrane),
    );
    for ix in 0..VECTORS {
        u[ix] = simd.mul_f64s(u[ix], b);
        j[ix] = simd.mul_f64s(j[ix], a);
    }
    store::<S>(&mut run.state.potential[lanes.first..], &u);
    store::<S>(&mut run.state.current[lanes.first..], &j);
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

/// The exact treatment of neurons in one step.
struct Look<'a> {
    lanes: &'a Lanes<'a>,
    timeline: &'a Timeline,
    step: usize,
    u: &'a mut [f64; BLOCK],
    j: &'a mut [f64; BLOCK],
    /// Of the whole population.
    release: &'a mut [f64],
    spikes: &'a mut SpikeColumns,
}

impl Look<'_> {
    /// Looks at flagged lanes of a step inside the frame.
    #[inline(never)]
    fn closer(&mut self, lanes: std::ops::Range<usize>) {
        let lanes = lanes.start..lanes.end.min(self.lanes.width);
        let gain = self.timeline.gains[self.step];
        let (start, start_a, start_b) = self.timeline.start_of(self.step);
        let step = Step {
            start,
            start_synapse: start_a,
            start_membrane: start_b,
            end: self.timeline.times[self.step],
            end_synapse: self.timeline.synapse[self.step],
            end_membrane: self.timeline.membrane[self.step],
        };
        let b = self.lanes.flow.membrane_rate;
        for lane in lanes {
            let neuron = self.lanes.first + lane;
            let (u, j) = (self.u[lane], self.j[lane]);
            let threshold = self.lanes.population.thresholds[neuron];
            if u < threshold * step.end_membrane {
                // Below the threshold at the end: only a maximum inside can have crossed.
                let is_barred = u < threshold * step.start_membrane;
                let start_u = u - j * gain;
                let rises = j * step.start_membrane > b * start_u * step.start_synapse;
                let falls = j * step.end_membrane < b * u * step.end_synapse;
                if is_barred || !(j > 0.0 && rises && falls) {
                    continue;
                }
            }
            if self.spikes.len() <= self.lanes.budget {
                self.cross(lane, step);
            }
        }
    }

    /// Follows a neuron through the crossings of a step, in the frame.
    fn cross(&mut self, lane: usize, mut step: Step) {
        let neuron = self.lanes.first + lane;
        let population = self.lanes.population;
        let dynamics = &population.dynamics[neuron];
        let (flow, threshold) = (self.lanes.flow, dynamics.threshold);
        let j = self.j[lane];
        let mut start_u = self.u[lane] - j * self.timeline.gains[self.step];
        loop {
            let (potential, current) = (start_u / step.start_membrane, j / step.start_synapse);
            let length = step.end - step.start;
            let is_above = self.u[lane] >= threshold * step.end_membrane;
            let crossing = if is_above && potential < threshold {
                Some(solve(flow, potential, current, threshold, length))
            } else {
                first_crossing(flow, potential, current, threshold, length)
            };
            let Some(crossing) = crossing else {
                return;
            };
            let time = later(step.start, crossing.after);
            let mut state = NeuronState {
                time,
                potential: threshold,
                current: current * crossing.synapse,
                release: None,
            };
            let mut sink = self.sink(neuron);
            let goes_on = sink.spike(time, dynamics.slope_at_threshold(state.current));
            dynamics.fire(&mut state, &mut sink);
            if !goes_on {
                return;
            }
            if state.release.is_some() {
                // Held: what is left of the step is the neuron's own affair.
                dynamics.advance(&mut state, step.end.max(time), &mut sink);
                self.put(lane, &state, step.end_membrane);
                return;
            }
            step.start = time;
            step.start_membrane /= crossing.membrane;
            step.start_synapse /= crossing.synapse;
            start_u = state.potential * step.start_membrane;
            let ratio = step.start_membrane / step.start_synapse;
            self.u[lane] = start_u + j * flow.frame_gain(ratio, step.end - time);
            let bar = (threshold * step.start_membrane).min(threshold * step.end_membrane);
            if self.u[lane] < bar {
                return;
            }
        }
    }

    /// Takes held lanes through a step in which a release may be due.
    #[inline(never)]
    fn release(&mut self) {
        for lane in 0..self.lanes.width {
            let release = self.release[self.lanes.first + lane];
            if release != NOT_HELD && release <= self.timeline.times[self.step] {
                self.advance(lane);
            }
        }
    }

    /// Takes every lane through a gap.
    #[inline(never)]
    fn gap(&mut self) {
        for lane in 0..self.lanes.width {
            self.advance(lane);
        }
    }

    /// Takes a lane through the step by its own exact flow.
    fn advance(&mut self, lane: usize) {
        let neuron = self.lanes.first + lane;
        let is_gap = self.timeline.gains[self.step] == GAP;
        let (start, start_a, start_b) = self.timeline.start_of(self.step);
        let release = self.release[neuron];
        let mut state = NeuronState {
            time: start,
            // Of a held neuron the potential has no meaning, and no use.
            potential: self.u[lane] / start_b,
            current: self.j[lane] / start_a,
            release: (release != NOT_HELD).then_some(release),
        };
        let end = self.timeline.times[self.step];
        let dynamics = &self.lanes.population.dynamics[neuron];
        dynamics.advance(&mut state, end, &mut self.sink(neuron));
        if is_gap {
            self.j[lane] = state.current;
        }
        self.put(lane, &state, self.timeline.membrane[self.step]);
    }

    /// Brings a state at the step's end back into the frame.
    fn put(&mut self, lane: usize, state: &NeuronState, membrane: f64) {
        let release = &mut self.release[self.lanes.first + lane];
        (*release, self.u[lane]) = match state.release {
            Some(release) => (release, HELD),
            None => (NOT_HELD, state.potential * membrane),
        };
    }

    fn sink(&mut self, neuron: usize) -> NeuronSink<'_> {
        NeuronSink {
            spikes: self.spikes,
            unit: (self.lanes.population.first_unit + neuron) as u32,
            budget: self.lanes.budget,
        }
    }
}

/// What is left of a step, with the frame's factors at its ends.
#[derive(Debug, Clone, Copy)]
struct Step {
    start: f64,
    start_synapse: f64,
    start_membrane: f64,
    end: f64,
    end_synapse: f64,
    end_membrane: f64,
}
