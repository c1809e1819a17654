//! A bank in the co-moving frame: between events every neuron moves by the same factors.

use pulp::Arch;

use super::bank::Fired;
use super::frame_kernels::{Flag, MultiplyAdd};
use crate::cpu::aligned::Aligned;
use crate::cpu::blocks::{BLOCK, Blocks};
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::sample::{HELD, NOT_HELD, NeuronSink, PopulationState, SpikeColumns};
use crate::cpu::timeline::FRAME_SPAN;
use crate::dynamics::{Ends, Flow, NeuronState, first_crossing, later};

/// Longest look ahead, in membrane time constants: the comparison that flags
/// neurons for a closer look is the sharper the shorter it is.
const LOOK_AHEAD: f64 = 0.1;

pub(super) struct FrameBank<'a> {
    population: &'a CompiledPopulation,
    flow: Flow,
    weights: &'a Blocks,
    arch: Arch,
    now: f64,
    anchor: f64,
    /// exp(a t) and exp(b t) at now, t from the anchor.
    synapse: f64,
    membrane: f64,
    u: Aligned,
    j: Aligned,
    /// U as it would be at `trial_until`: where nobody fires before, the next U.
    trial: Aligned,
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
        weights: &'a Blocks,
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
            weights,
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
        let end = population
            .has_negative_threshold
            .then(|| self.membrane_at(until));
        self.flagged.clear();
        self.arch.dispatch(Flag {
            u: &self.u,
            j: &mut self.j,
            trial: &mut self.trial,
            threshold: &population.thresholds,
            weights: self.weights,
            row: self.pending.take(),
            synapse: self.synapse,
            gain,
            start: self.membrane,
            end,
            flagged: &mut self.flagged,
        });
        self.trial_until = until;
        self.first_of_flagged(until, gain)
    }

    /// The exact answer for the neurons that were flagged.
    fn first_of_flagged(&self, until: f64, gain: f64) -> Option<Fired> {
        let population = self.population;
        let mut best: Option<Fired> = None;
        if self.flagged.is_empty() {
            return None;
        }
        let (mut until, mut gain) = (until, gain);
        let start = (1.0 / self.membrane, 1.0 / self.synapse);
        let mut end = self.inverse_factors_at(until);
        for &neuron in &self.flagged {
            let (u, j) = (self.u[neuron], self.j[neuron]);
            let threshold = population.thresholds[neuron];
            let has_passed =
                best.is_some() && threshold >= 0.0 && u + j * gain < threshold * self.membrane;
            if has_passed || self.release[neuron] != NOT_HELD {
                continue;
            }
            let (potential, current) = (u * start.0, j * start.1);
            let limit = until - self.now;
            let bounds = Ends {
                start: (potential, current),
                end: ((u + j * gain) * end.0, j * end.1),
                length: limit,
            };
            if bounds.stays_below(&self.flow, threshold) {
                continue;
            }
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
                end = self.inverse_factors_at(until);
            }
        }
        best
    }

    /// exp(-b t) and exp(-a t).
    fn inverse_factors_at(&self, time: f64) -> (f64, f64) {
        let t = self.anchor - time;
        (
            (self.flow.membrane_rate * t).exp(),
            (self.flow.synapse_rate * t).exp(),
        )
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
            for (block, target) in self.j.chunks_exact_mut(BLOCK).enumerate() {
                self.arch.dispatch(MultiplyAdd {
                    target,
                    source: &self.weights.block(block)[row * BLOCK..(row + 1) * BLOCK],
                    factor: self.synapse,
                });
            }
        }
    }

    pub fn add_one(&mut self, row: usize, neuron: usize) {
        let weight = self.weights.block(neuron / BLOCK)[row * BLOCK + neuron % BLOCK];
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
        for j in self.j.iter_mut() {
            *j /= self.synapse;
        }
        (self.anchor, self.synapse, self.membrane) = (self.now, 1.0, 1.0);
    }
}
