//! A bank in the co-moving frame: between events every neuron moves by the same factors.
//!
//! U is not moved from event to event but kept as it will be at the end of the interval that was looked
//! at; an arrival before then changes it by what the new current adds until then.

mod outside;

use pulp::Arch;

use crate::cpu::aligned::Aligned;
use crate::cpu::blocks::Blocks;
use crate::cpu::compiled::CompiledPopulation;
use crate::cpu::exponential::exp;
use crate::cpu::sample::{HELD, NOT_HELD, NeuronSink, PopulationState, SpikeColumns};
use crate::cpu::simulate::bank::{Fired, earliest_of};
use crate::cpu::simulate::crossings::{Candidate, Candidates};
use crate::cpu::simulate::flagged::Flagged;
use crate::cpu::simulate::frame_kernels::{Flag, Moves, MultiplyAdd};
use crate::cpu::simulate::root::is_short;
use crate::cpu::timeline::FRAME_SPAN;
use crate::dynamics::{Flow, NeuronState};

/// The look ahead after an event, in membrane time constants: the comparison that flags
/// neurons for a closer look is the sharper the shorter it is. Each look that nothing came of
/// doubles the next, so that silence is over after a few, however long it is.
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
    /// How far the next look may go, in ms; without bound once it would leave the frame.
    reach: f64,
    /// Whether the last look left the frame: U and J are V and I now.
    is_outside: bool,
    /// What the time from now to `ahead` adds to U per unit of J.
    gain: f64,
    /// exp(b t) and exp(a t) at `ahead`, t from the anchor.
    factors_ahead: (f64, f64),
    /// A row that has arrived now and not been added yet: the next look does it on the way.
    pending: Option<usize>,
    release: Vec<f64>,
    next_release: f64,
    flagged: Flagged,
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
            reach: first_reach(&flow),
            is_outside: false,
            gain: 0.0,
            factors_ahead: (1.0, 1.0),
            pending: None,
            next_release: state.release.iter().copied().fold(NOT_HELD, f64::min),
            release: state.release.clone(),
            flagged: Flagged::default(),
            upcoming: Vec::new(),
        }
    }

    pub fn horizon(&self, now: f64) -> f64 {
        self.next_release.min(now + self.reach).max(now.next_up())
    }

    /// What the last look found: spikes before its end, the earliest of them and all at its time among them.
    pub fn upcoming(&self) -> &[Fired] {
        &self.upcoming
    }

    /// Looks ahead: `upcoming` is complete once what [`Self::candidates`] gives has been solved.
    pub fn look(&mut self, until: f64) {
        self.upcoming.clear();
        self.flagged.clear();
        match (until - self.now) * self.flow.fastest_rate() > FRAME_SPAN {
            true => self.look_outside(until),
            false => self.look_inside(until),
        }
    }

    /// The earliest of those that the last look, to `until`, has found.
    pub fn earliest(&mut self, until: f64) -> Option<f64> {
        let fired = earliest_of(&self.upcoming);
        // Rounding may make the look a trifle shorter than its reach, at every look the same.
        if fired.is_none() && until - self.now >= 0.5 * self.reach {
            self.reach *= 2.0;
            if self.reach * self.flow.fastest_rate() > FRAME_SPAN {
                self.reach = f64::MAX;
            }
        }
        fired
    }

    /// Takes in one of the `candidates` that fires.
    pub fn add_upcoming(&mut self, fired: Fired) {
        self.upcoming.push(fired);
    }

    fn look_inside(&mut self, until: f64) {
        if (until - self.anchor) * self.flow.fastest_rate() > FRAME_SPAN {
            self.anchor_anew();
        }
        let mut gain = self.gain;
        if until != self.ahead {
            let length = until - self.now;
            gain = self.flow.frame_gain(self.membrane / self.synapse, length);
            self.factors_ahead = self.exponentials(until - self.anchor);
        }
        self.arch.dispatch(Flag {
            u: &mut self.u,
            j: &mut self.j,
            threshold: &self.population.thresholds,
            shared_threshold: self.population.shared_threshold,
            row: self.pending.take().map(|row| self.weights.row(row)),
            flow: &self.flow,
            moves: Moves {
                synapse: self.synapse,
                membrane: self.membrane,
                membrane_ahead: self.factors_ahead.0,
                gain_passed: self.gain,
                gain_ahead: gain - self.gain,
            },
            has_negative: self.population.has_negative_threshold,
            flagged: &mut self.flagged,
        });
        (self.ahead, self.gain) = (until, gain);
    }

    /// Hands over the neurons that may fire before the end of the last look, to be solved together with those of other
    /// samples. Where the interval is too long for that, or some threshold is zero, solves them here.
    pub fn candidates(&mut self, candidates: &mut Candidates) {
        if self.flagged.neurons().is_empty() {
            return;
        }
        let length = self.ahead - self.now;
        if !is_short(&self.flow, length) || self.population.has_zero_threshold {
            let flagged = std::mem::take(&mut self.flagged);
            for neuron in flagged.neurons().iter().map(|&neuron| neuron as usize) {
                let state = self.state(neuron);
                self.look_closer(neuron, (state.potential, state.current), self.ahead);
            }
            self.flagged = flagged;
            return;
        }
        let start = (1.0 / self.membrane, 1.0 / self.synapse);
        let end = (1.0 / self.factors_ahead.0, 1.0 / self.factors_ahead.1);
        candidates.add((self.now, self.ahead), self.flagged.neurons(), |neuron| {
            let (u, j) = (self.u[neuron], self.j[neuron]);
            Candidate {
                threshold: self.population.thresholds[neuron],
                start: ((u - j * self.gain) * start.0, j * start.1),
                end: (u * end.0, j * end.1),
            }
        });
    }

    /// exp(b t) and exp(a t).
    fn exponentials(&self, t: f64) -> (f64, f64) {
        let (a, b) = (self.flow.synapse_rate, self.flow.membrane_rate);
        self.arch.dispatch(|| (exp(b * t), exp(a * t)))
    }

    /// Moves to a time not after the last look's end.
    pub fn advance(&mut self, to: f64, spikes: &mut SpikeColumns) {
        if self.is_outside {
            self.advance_outside(to);
        } else if to == self.ahead {
            self.now = to;
            (self.membrane, self.synapse) = self.factors_ahead;
            self.gain = 0.0;
        } else {
            self.now = to;
            (self.membrane, self.synapse) = self.exponentials(to - self.anchor);
            let rest = self.ahead - to;
            self.gain = self.flow.frame_gain(self.membrane / self.synapse, rest);
        }
        if self.next_release <= to {
            self.release_due(spikes);
        }
    }

    fn release_due(&mut self, spikes: &mut SpikeColumns) {
        for neuron in 0..self.population.size {
            if self.release[neuron] <= self.now {
                let mut sink = NeuronSink::new(
                    spikes,
                    (self.population.first_unit + neuron) as u32,
                    usize::MAX,
                );
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
        self.reach = first_reach(&self.flow);
        let mut state = self.state(neuron);
        self.population.dynamics[neuron].reset(&mut state, sink);
        self.set(neuron, &state);
        self.next_release = self.next_release.min(self.release[neuron]);
    }

    pub fn add_row(&mut self, row: usize) {
        self.reach = first_reach(&self.flow);
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
        self.reach = first_reach(&self.flow);
        let arrived = self.weights.row(row)[neuron] * self.synapse;
        self.j[neuron] += arrived;
        self.u[neuron] += arrived * self.gain;
    }

    pub fn store(&mut self, state: &mut PopulationState) {
        self.stand_still();
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
        self.factors_ahead = self.exponentials(self.ahead - self.anchor);
    }
}

/// How far a look goes after an event, in ms.
fn first_reach(flow: &Flow) -> f64 {
    LOOK_AHEAD / flow.membrane_rate.max(flow.synapse_rate / FRAME_SPAN)
}
