//! A bank in the co-moving frame: between events every neuron moves by the same factors.
//!
//! U is not moved from event to event but kept as it will be at the end of the interval that was looked
//! at; an arrival before then changes it by what the new current adds until then.

use pulp::Arch;

use super::bank::{Fired, earliest_of};
use super::frame_kernels::{Crossings, Flag, Moves, MultiplyAdd};
use crate::cpu::aligned::Aligned;
use crate::cpu::blocks::Blocks;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::exponential::exp;
use crate::cpu::sample::{HELD, NOT_HELD, NeuronSink, PopulationState, SpikeColumns};
use crate::cpu::timeline::FRAME_SPAN;
use crate::dynamics::{Flow, NeuronState};

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
    /// At `ahead`, if nothing arrives or fires before.
    u: Aligned,
    j: Aligned,
    ahead: f64,
    /// What the time from now to `ahead` adds to U per unit of J.
    gain: f64,
    /// A row that has arrived now and not been added yet: the next look does it on the way.
    pending: Option<usize>,
    release: Vec<f64>,
    next_release: f64,
    flagged: Vec<u32>,
    upcoming: Vec<Fired>,
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
            u,
            j: state.current.clone(),
            ahead: now,
            gain: 0.0,
            pending: None,
            next_release: state.release.iter().copied().fold(NOT_HELD, f64::min),
            release: state.release.clone(),
            flagged: Vec::new(),
            upcoming: Vec::new(),
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

    pub fn upcoming(&self) -> &[Fired] {
        &self.upcoming
    }

    pub fn earliest(&mut self, until: f64) -> Option<f64> {
        if (until - self.anchor) * self.flow.fastest_rate() > FRAME_SPAN {
            self.anchor_anew();
        }
        let length = until - self.now;
        let ratio = self.membrane / self.synapse;
        let gain = self.flow.frame_gain(ratio, length);
        let is_same = until == self.ahead;
        let moves = Moves {
            now: self.now,
            until,
            synapse: self.synapse,
            membrane: self.membrane,
            gain_passed: self.gain,
            gain_ahead: if is_same { 0.0 } else { gain - self.gain },
            decay: self.exponentials(-length),
        };
        self.arch.dispatch(Flag {
            u: &mut self.u,
            j: &mut self.j,
            threshold: &self.population.thresholds,
            row: self.pending.take().map(|row| self.weights.row(row)),
            flow: &self.flow,
            moves,
            has_negative: self.population.has_negative_threshold,
            flagged: &mut self.flagged,
        });
        (self.ahead, self.gain) = (until, gain);
        self.upcoming.clear();
        if self.flagged.is_empty() {
            return None;
        }
        self.arch.dispatch(Crossings {
            population: self.population,
            flow: self.flow,
            u: &self.u,
            j: &self.j,
            moves,
            flagged: &self.flagged,
            upcoming: &mut self.upcoming,
        });
        earliest_of(&self.upcoming)
    }

    /// exp(b t) and exp(a t).
    fn exponentials(&self, t: f64) -> (f64, f64) {
        let (a, b) = (self.flow.synapse_rate, self.flow.membrane_rate);
        self.arch.dispatch(|| (exp(b * t), exp(a * t)))
    }

    /// Moves to a time not after the last look's end.
    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        self.now = to;
        (self.membrane, self.synapse) = self.exponentials(to - self.anchor);
        let rest = self.ahead - to;
        self.gain = self.flow.frame_gain(self.membrane / self.synapse, rest);
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
            potential: (self.u[neuron] - self.j[neuron] * self.gain) / self.membrane,
            current: self.j[neuron] / self.synapse,
            release: (self.release[neuron] != NOT_HELD).then_some(self.release[neuron]),
        }
    }

    /// Takes over a state now; the current is not touched by resets and releases.
    fn set(&mut self, neuron: usize, state: &NeuronState) {
        self.release[neuron] = state.release.unwrap_or(NOT_HELD);
        self.u[neuron] = match state.release {
            Some(_) => HELD,
            None => state.potential * self.membrane + self.j[neuron] * self.gain,
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
            for (target, factor) in [
                (&mut self.j, self.synapse),
                (&mut self.u, self.synapse * self.gain),
            ] {
                self.arch.dispatch(MultiplyAdd {
                    target,
                    source: self.weights.row(row),
                    factor,
                });
            }
        }
    }

    pub fn add_one(&mut self, row: usize, neuron: usize) {
        let arrived = self.weights.row(row)[neuron] * self.synapse;
        self.j[neuron] += arrived;
        self.u[neuron] += arrived * self.gain;
    }

    pub fn store(&mut self, state: &mut PopulationState) {
        self.anchor_anew();
        for (u, j) in self.u.iter_mut().zip(self.j.iter()) {
            *u -= j * self.gain;
        }
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
        self.gain *= self.synapse / self.membrane;
        (self.anchor, self.synapse, self.membrane) = (self.now, 1.0, 1.0);
    }
}
