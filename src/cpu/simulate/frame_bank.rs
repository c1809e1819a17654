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
    /// U as it would be at `trial_until`: where nobody fires before, the next U.
    trial: Vec<f64>,
    trial_until: f64,
    /// A row that has arrived now and not been added to J yet: the next look does it on the way.
    pending: Option<usize>,
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
            trial: u.clone(),
            trial_until: f64::MIN,
            pending: None,
            u,
            j: state.current.clone(),
            next_release: state.release.iter().copied().fold(NOT_HELD, f64::min),
            release: state.release.clone(),
            flagged: Vec::new(),
        }
    }

    pub fn horizon(&self, now: f64) -> f64 {
        let slowest = self
            .flow
            .membrane_rate
            .max(self.flow.synapse_rate / FRAME_SPAN);
        self.next_release
            .min(now + LOOK_AHEAD / slowest)
            .max(now.next_up())
    }

    fn gain(&self, until: f64) -> f64 {
        self.flow
            .frame_gain(self.membrane / self.synapse, until - self.now)
    }

    pub fn earliest(&mut self, until: f64) -> Option<Fired> {
        if (until - self.anchor) * self.flow.fastest_rate() > FRAME_SPAN {
            self.anchor_anew();
        }
        let population = self.population;
        let gain = self.gain(until);
        // Below its drive a threshold falls in the frame: its lowest is at the end.
        let lowest = if population.has_negative_threshold {
            self.membrane_at(until)
        } else {
            self.membrane
        };
        self.flagged.clear();
        let row = self.pending.take().map_or(&[][..], |row| {
            let start = population.row_weight[row];
            &self.values[start..start + population.size]
        });
        self.arch.dispatch(Flag {
            u: &self.u,
            j: &mut self.j,
            trial: &mut self.trial,
            threshold: &population.thresholds,
            row,
            synapse: self.synapse,
            gain,
            bar: (self.membrane, lowest),
            flagged: &mut self.flagged,
        });
        self.trial_until = until;
        self.first_of_flagged(until, gain)
    }

    /// The exact answer for the neurons that were flagged.
    fn first_of_flagged(&self, until: f64, gain: f64) -> Option<Fired> {
        let population = self.population;
        let mut best: Option<Fired> = None;
        let (mut until, mut gain) = (until, gain);
        for &first in &self.flagged {
            for neuron in first..(first + FLAG_WIDTH).min(population.size) {
                let (u, j) = (self.u[neuron], self.j[neuron]);
                let threshold = population.thresholds[neuron];
                let is_positive = threshold >= 0.0;
                if is_positive && u + j * gain < threshold * self.membrane
                    || self.release[neuron] != NOT_HELD
                {
                    continue;
                }
                let (potential, current) = (u / self.membrane, j / self.synapse);
                let limit = until - self.now;
                let crossing = first_crossing(&self.flow, potential, current, threshold, limit);
                let Some(crossing) = crossing else {
                    continue;
                };
                let time = later(self.now, crossing.after);
                if best.is_none_or(|best| time < best.time) {
                    let dynamics = &population.dynamics[neuron];
                    best = Some(Fired {
                        time,
                        neuron,
                        slope: dynamics.slope_at_threshold(current * crossing.synapse),
                    });
                    (until, gain) = (time, self.gain(time));
                }
            }
        }
        best
    }

    fn membrane_at(&self, time: f64) -> f64 {
        (self.flow.membrane_rate * (time - self.anchor)).exp()
    }

    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        if to == self.trial_until {
            std::mem::swap(&mut self.u, &mut self.trial);
        } else {
            let factor = self.gain(to);
            self.arch.dispatch(MultiplyAdd {
                target: &mut self.u,
                source: &self.j,
                factor,
            });
        }
        self.trial_until = f64::MIN;
        self.now = to;
        self.synapse = (self.flow.synapse_rate * (to - self.anchor)).exp();
        self.membrane = self.membrane_at(to);
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
        self.add_pending();
        self.pending = Some(row);
    }

    fn add_pending(&mut self) {
        if let Some(row) = self.pending.take() {
            let start = self.population.row_weight[row];
            self.arch.dispatch(MultiplyAdd {
                target: &mut self.j[..self.population.size],
                source: &self.values[start..start + self.population.size],
                factor: self.synapse,
            });
        }
    }

    pub fn add_one(&mut self, row: usize, neuron: usize) {
        let weight = self.values[self.population.row_weight[row] + neuron];
        self.j[neuron] += weight * self.synapse;
    }

    pub fn store(&mut self, state: &mut PopulationState) {
        self.add_pending();
        self.anchor_anew();
        state.potential.copy_from_slice(&self.u);
        state.current.copy_from_slice(&self.j);
        state.release.copy_from_slice(&self.release);
    }

    fn anchor_anew(&mut self) {
        self.add_pending();
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

/// Adds a row to J, tries U at the end of an interval, and collects groups of neurons of
/// which one may have reached its threshold: see `vector` for the argument.
struct Flag<'a> {
    u: &'a [f64],
    j: &'a mut [f64],
    trial: &'a mut [f64],
    threshold: &'a [f64],
    /// May be empty, or shorter than the rest, which is padded.
    row: &'a [f64],
    synapse: f64,
    gain: f64,
    /// The frame's exp(b t) at which a positive and a negative threshold are lowest.
    bar: (f64, f64),
    flagged: &'a mut Vec<usize>,
}

impl WithSimd for Flag<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let synapse = simd.splat_f64s(self.synapse);
        let gain = simd.splat_f64s(self.gain);
        let (start, end) = (simd.splat_f64s(self.bar.0), simd.splat_f64s(self.bar.1));
        let (row, tail) = S::as_simd_f64s(self.row);
        let last = simd.partial_load_f64s(tail);
        let n = self.u.len() / S::F64_LANES;
        let u = &S::as_simd_f64s(self.u).0[..n];
        let j = &mut S::as_mut_simd_f64s(self.j).0[..n];
        let trial = &mut S::as_mut_simd_f64s(self.trial).0[..n];
        let threshold = &S::as_simd_f64s(self.threshold).0[..n];
        let mut previous = usize::MAX;
        for ix in 0..n {
            let weights = if ix < row.len() {
                row[ix]
            } else if ix == row.len() {
                last
            } else {
                simd.splat_f64s(0.0)
            };
            j[ix] = simd.mul_add_f64s(weights, synapse, j[ix]);
            trial[ix] = simd.mul_add_f64s(j[ix], gain, u[ix]);
            let bar = simd.min_f64s(
                simd.mul_f64s(threshold[ix], start),
                simd.mul_f64s(threshold[ix], end),
            );
            let mask = simd.greater_than_or_equal_f64s(trial[ix], bar);
            if simd.first_true_m64s(mask) < S::F64_LANES {
                let group = ix * S::F64_LANES / FLAG_WIDTH * FLAG_WIDTH;
                if group != previous {
                    self.flagged.push(group);
                    previous = group;
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
