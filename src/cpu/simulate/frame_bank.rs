//! A bank in the co-moving frame: between events every neuron moves by the same factors.

use pulp::{Arch, Simd, WithSimd};

use super::bank::Fired;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{NOT_HELD, NeuronSink, PopulationState, SpikeColumns};
use crate::dynamics::{Flow, NeuronState, first_crossing, later};

/// Longest look ahead, in membrane time constants: the comparison that flags
/// neurons for a closer look is the sharper the shorter it is.
const LOOK_AHEAD: f64 = 0.1;

/// The frame is anchored anew before its factors exceed exp of this.
const FRAME_SPAN: f64 = 20.0;

/// U of a held neuron: nothing that arrives lifts it to a threshold.
const HELD: f64 = -1e300;

pub(super) struct FrameBank<'a> {
    population: &'a CompiledPopulation,
    flow: Flow,
    values: &'a [f64],
    arch: Arch,
    now: f64,
    anchor: f64,
    /// exp(a t) and exp(b t) at now, t from the anchor.
    synapse: f64,
    membrane: f64,
    u: Vec<f64>,
    j: Vec<f64>,
    release: Vec<f64>,
    next_release: f64,
    flagged: Vec<usize>,
}

impl<'a> FrameBank<'a> {
    pub fn new(
        population: &'a CompiledPopulation,
        flow: Flow,
        values: &'a [f64],
        state: &PopulationState,
        now: f64,
    ) -> Self {
        let mut u = state.potential.clone();
        for (u, &release) in u.iter_mut().zip(&state.release) {
            if release != NOT_HELD {
                *u = HELD;
            }
        }
        Self {
            population,
            flow,
            values,
            arch: Arch::new(),
            now,
            anchor: now,
            synapse: 1.0,
            membrane: 1.0,
            u,
            j: state.current.clone(),
            next_release: state.release.iter().copied().fold(NOT_HELD, f64::min),
            release: state.release.clone(),
            flagged: Vec::new(),
        }
    }

    pub fn horizon(&self, now: f64) -> f64 {
        let ahead = LOOK_AHEAD
            / self
                .flow
                .membrane_rate
                .max(self.flow.synapse_rate / FRAME_SPAN);
        self.next_release.min(now + ahead).max(now.next_up())
    }

    fn gain(&self, until: f64) -> f64 {
        self.flow
            .frame_gain(self.membrane / self.synapse, until - self.now)
    }

    pub fn earliest(&mut self, until: f64) -> Option<Fired> {
        if (until - self.anchor) * self.flow.fastest_rate() > FRAME_SPAN {
            self.anchor_anew();
        }
        let gain = self.gain(until);
        let population = self.population;
        let end_membrane = (self.flow.membrane_rate * (until - self.anchor)).exp();
        self.flagged.clear();
        self.arch.dispatch(Flag {
            u: &self.u,
            j: &self.j,
            threshold: &population.thresholds,
            gain,
            bar: (
                self.membrane,
                if population.has_negative_threshold {
                    end_membrane
                } else {
                    self.membrane
                },
            ),
            flagged: &mut self.flagged,
        });
        let mut best: Option<Fired> = None;
        for &first in &self.flagged {
            let last = (first + FLAG_WIDTH).min(population.size);
            for neuron in first..last {
                if self.release[neuron] != NOT_HELD {
                    continue;
                }
                let end = self.u[neuron] + self.j[neuron] * gain;
                let threshold = population.thresholds[neuron];
                if end < (threshold * self.membrane).min(threshold * end_membrane) {
                    continue;
                }
                let limit = best.map_or(until, |best| best.time);
                let crossing = first_crossing(
                    &self.flow,
                    self.u[neuron] / self.membrane,
                    self.j[neuron] / self.synapse,
                    threshold,
                    limit - self.now,
                );
                if let Some(crossing) = crossing {
                    let time = later(self.now, crossing.after);
                    if best.is_none_or(|best| time < best.time) {
                        let dynamics = &population.dynamics[neuron];
                        best = Some(Fired {
                            time,
                            neuron,
                            slope: dynamics.slope_at_threshold(crossing.current),
                        });
                    }
                }
            }
        }
        best
    }

    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        if (to - self.anchor) * self.flow.fastest_rate() > FRAME_SPAN {
            self.anchor_anew();
        }
        let gain = self.gain(to);
        let (u, j) = (&mut self.u, &self.j);
        self.arch.dispatch(MultiplyAdd {
            target: u,
            source: j,
            factor: gain,
        });
        let t = to - self.anchor;
        self.now = to;
        self.synapse = (self.flow.synapse_rate * t).exp();
        self.membrane = (self.flow.membrane_rate * t).exp();
        if self.next_release <= to {
            self.release_due(spikes);
        }
    }

    fn release_due(&mut self, spikes: &mut SpikeColumns) {
        for neuron in 0..self.population.size {
            if self.release[neuron] <= self.now {
                let mut sink = NeuronSink {
                    spikes,
                    unit: (self.population.first_unit + neuron) as u32,
                    budget: usize::MAX,
                };
                let mut state = self.state(neuron);
                self.population.dynamics[neuron].end_hold(&mut state, &mut sink);
                self.set(neuron, &state);
            }
        }
        self.next_release = self.release.iter().copied().fold(NOT_HELD, f64::min);
    }

    fn state(&self, neuron: usize) -> NeuronState {
        NeuronState {
            time: self.now,
            potential: self.u[neuron] / self.membrane,
            current: self.j[neuron] / self.synapse,
            release: (self.release[neuron] != NOT_HELD).then_some(self.release[neuron]),
        }
    }

    /// Takes over a state now; the current is not touched by resets and releases.
    fn set(&mut self, neuron: usize, state: &NeuronState) {
        self.release[neuron] = state.release.unwrap_or(NOT_HELD);
        self.u[neuron] = match state.release {
            Some(_) => HELD,
            None => state.potential * self.membrane,
        };
    }

    pub fn fire(&mut self, neuron: usize, sink: &mut NeuronSink<'_>) {
        let mut state = self.state(neuron);
        self.population.dynamics[neuron].fire(&mut state, sink);
        self.set(neuron, &state);
        self.next_release = self.next_release.min(self.release[neuron]);
    }

    pub fn add_row(&mut self, row: usize) {
        let start = self.population.row_weight[row];
        self.arch.dispatch(MultiplyAdd {
            target: &mut self.j[..self.population.size],
            source: &self.values[start..start + self.population.size],
            factor: self.synapse,
        });
    }

    pub fn add_one(&mut self, row: usize, neuron: usize) {
        let weight = self.values[self.population.row_weight[row] + neuron];
        self.j[neuron] += weight * self.synapse;
    }

    pub fn store(&mut self, state: &mut PopulationState) {
        self.anchor_anew();
        state.potential.copy_from_slice(&self.u);
        state.current.copy_from_slice(&self.j);
        state.release.copy_from_slice(&self.release);
    }

    fn anchor_anew(&mut self) {
        for (u, &release) in self.u.iter_mut().zip(&self.release) {
            *u = if release == NOT_HELD {
                *u / self.membrane
            } else {
                HELD
            };
        }
        for j in &mut self.j {
            *j /= self.synapse;
        }
        (self.anchor, self.synapse, self.membrane) = (self.now, 1.0, 1.0);
    }
}

/// Neurons that are flagged together, whatever the width of a register.
const FLAG_WIDTH: usize = 8;

/// Collects groups of neurons of which one may reach its threshold: see `vector` for the argument.
struct Flag<'a> {
    u: &'a [f64],
    j: &'a [f64],
    threshold: &'a [f64],
    gain: f64,
    /// The frame's exp(b t) at which a positive and a negative threshold are lowest.
    bar: (f64, f64),
    flagged: &'a mut Vec<usize>,
}

impl WithSimd for Flag<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let gain = simd.splat_f64s(self.gain);
        let (start, end) = (simd.splat_f64s(self.bar.0), simd.splat_f64s(self.bar.1));
        let u = S::as_simd_f64s(self.u).0;
        let j = S::as_simd_f64s(self.j).0;
        let threshold = S::as_simd_f64s(self.threshold).0;
        let mut last = usize::MAX;
        for (ix, ((&u, &j), &threshold)) in u.iter().zip(j).zip(threshold).enumerate() {
            let reached = simd.mul_add_f64s(j, gain, u);
            let bar = simd.min_f64s(
                simd.mul_f64s(threshold, start),
                simd.mul_f64s(threshold, end),
            );
            let mask = simd.greater_than_or_equal_f64s(reached, bar);
            if simd.first_true_m64s(mask) < S::F64_LANES {
                let group = ix * S::F64_LANES / FLAG_WIDTH * FLAG_WIDTH;
                if group != last {
                    self.flagged.push(group);
                    last = group;
                }
            }
        }
    }
}

/// `target += source * factor`.
struct MultiplyAdd<'a> {
    target: &'a mut [f64],
    source: &'a [f64],
    factor: f64,
}

impl WithSimd for MultiplyAdd<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let splat = simd.splat_f64s(self.factor);
        let (target, target_tail) = S::as_mut_simd_f64s(self.target);
        let (source, source_tail) = S::as_simd_f64s(self.source);
        for (target, &source) in target.iter_mut().zip(source) {
            *target = simd.mul_add_f64s(source, splat, *target);
        }
        for (target, source) in target_tail.iter_mut().zip(source_tail) {
            *target = source.mul_add(self.factor, *target);
        }
    }
}
