//! One tile of columns through one sample's events, forward in time.
//!
//! The rules at events are those of `dynamics::jump`, with the factors of the co-moving frame (`state`).

use std::ops::Range;

use pulp::Arch;

use super::collect::{Collect, Row};
use super::columns::Columns;
use super::state::{Arrive, Combine, Factors, Sensitivity, Span};
use crate::cpu::compiled::Compiled;
use crate::cpu::own_values::Local;
use crate::cpu::replay::{Event, Kind, Replay};
use crate::dynamics::{ResetRule, SpikeJump, release_derivative};

/// A sample's events, with what one tile needs of memory.
pub(super) struct Walk<'a> {
    pub compiled: &'a Compiled<'a>,
    pub columns: &'a Columns,
    pub replay: &'a Replay<'a>,
    /// For each population: what its neurons' own values do while events stay; empty where nobody asks.
    pub local: Vec<Local>,
    pub slope_floor: f64,
    pub arch: Arch,
    pub states: Vec<Sensitivity>,
    /// For each population: the derivatives of its spikes, `[spike x tile column]`, and where they are not zero.
    pub rows: Vec<(Vec<f64>, Vec<Span>)>,
    pub tile: Range<usize>,
    pub width: usize,
    /// For each population: the neurons with columns of their own in the tile.
    pub owners: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// Walks through `events`, telling `collect` of every observable's derivatives.
    pub fn run(&mut self, tile: Range<usize>, events: &[Event], collect: &mut dyn Collect) {
        self.tile = tile;
        for ix in 0..self.compiled.populations.len() {
            self.states[ix].reset();
            self.owners[ix] = self.columns.neurons_in(ix, &self.tile);
        }
        for event in events {
            let population = event.member as usize;
            match event.kind {
                Kind::Spike { spike } => {
                    self.spike(population, spike as usize, event.time, collect)
                }
                Kind::Release { spike } => self.release(population, spike as usize, event.time),
                Kind::Voltage { time_ix } => {
                    self.voltage(population, time_ix as usize, event.time, collect);
                }
                Kind::Maximum { neuron } => {
                    self.maximum(population, neuron as usize, event.time, collect);
                }
                Kind::Row { row, origin } => {
                    let everyone = 0..self.compiled.populations[population].size;
                    self.arrival(
                        population,
                        everyone,
                        row as usize,
                        origin as usize,
                        event.time,
                    );
                }
                Kind::Synapse {
                    row,
                    origin,
                    neuron,
                } => {
                    let neuron = neuron as usize..neuron as usize + 1;
                    self.arrival(
                        population,
                        neuron,
                        row as usize,
                        origin as usize,
                        event.time,
                    );
                }
            }
        }
        self.integrals(events, collect);
    }

    /// A column's place in the tile.
    pub(super) fn local(&self, column: usize) -> Option<usize> {
        self.tile
            .contains(&column)
            .then(|| column - self.tile.start)
    }

    fn arrival(&mut self, ix: usize, neurons: Range<usize>, row: usize, origin: usize, time: f64) {
        let population = &self.compiled.populations[ix];
        let incoming = population.incoming_of(row as u32);
        let own = &self.columns.own[ix];
        let owners = self.owners[ix].start.max(neurons.start)..self.owners[ix].end.min(neurons.end);
        let shared_delay = incoming.shared_delay.and_then(|_| {
            self.columns.shared_delay[incoming.projection].and_then(|column| self.local(column))
        });
        let input = match incoming.source {
            None => self
                .columns
                .first_input
                .and_then(|first| self.local(first + origin)),
            Some(_) => None,
        };
        let span = incoming
            .source
            .map_or(0..0, |source| self.rows[source].1[origin].clone());
        let is_owned = !owners.is_empty() && (own.has_weights || incoming.shared_delay.is_none());
        if span.is_empty() && shared_delay.is_none() && input.is_none() && !is_owned {
            return;
        }
        let first = population.weight_of(row, neurons.start);
        let weights = &self.compiled.values()[first..first + neurons.len()];
        let weight_of = |neuron: usize| weights[neuron - neurons.start];
        let groups = match self.states[ix].groups.len() {
            1 => 0..1,
            _ => neurons.clone(),
        };
        for group in groups {
            let state = &mut self.states[ix];
            let members = state.groups[group].neurons.clone();
            let members = members.start.max(neurons.start)..members.end.min(neurons.end);
            let factors = state.factors(self.arch, group, incoming.receptor, time);
            if let (Some(source), false) = (incoming.source, span.is_empty()) {
                let at = origin * self.width;
                self.arch.dispatch(Arrive {
                    state,
                    neurons: members.clone(),
                    weights: &weights[members.start - neurons.start..members.end - neurons.start],
                    factors,
                    g: &self.rows[source].0[at + span.start..at + span.end],
                    span: span.clone(),
                });
            }
            for column in shared_delay.into_iter().chain(input) {
                for neuron in members.clone() {
                    state.shift(neuron, column, weight_of(neuron), factors);
                }
            }
        }
        // With one flow for all, its factors are those that the arrival itself had.
        let shared = match self.states[ix].groups.len() {
            1 => Some(self.states[ix].factors(self.arch, 0, incoming.receptor, time)),
            _ => None,
        };
        for neuron in owners {
            let weight = own
                .weight(neuron, row)
                .and_then(|column| self.local(column));
            let delay = own.delay(neuron, row).and_then(|column| self.local(column));
            if weight.is_none() && delay.is_none() {
                continue;
            }
            let state = &mut self.states[ix];
            let group = state.group_of(neuron);
            let factors =
                shared.unwrap_or_else(|| state.factors(self.arch, group, incoming.receptor, time));
            if let Some(column) = weight {
                state.grow(neuron, column, factors);
            }
            if let Some(column) = delay {
                state.shift(neuron, column, weight_of(neuron), factors);
            }
        }
    }

    fn spike(&mut self, ix: usize, spike: usize, time: f64, collect: &mut dyn Collect) {
        let population = &self.compiled.populations[ix];
        let spikes = &self.replay.spikes[ix];
        let neuron = spikes.units[spike] as usize - population.first_unit;
        let dynamics = &population.dynamics[neuron];
        let slope = dynamics.bounded_slope(spikes.slopes[spike], self.slope_floor);
        let threshold = self.columns.own[ix]
            .threshold(neuron)
            .and_then(|column| self.local(column));
        let own = self.own_values(ix, neuron, |local| local.spikes[spike]);
        let state = &mut self.states[ix];
        for column in threshold.into_iter().chain(own.columns()) {
            state.widen(neuron, &(column..column + 1));
        }
        let span = state.spans[neuron].clone();
        self.rows[ix].1[spike] = span.clone();
        if span.is_empty() {
            return;
        }
        let group = state.group_of(neuron);
        let factors = state.factors(self.arch, group, 0, time);
        let g = &mut self.rows[ix].0[spike * self.width..][..self.width];
        let g = &mut g[span.clone()];
        g.copy_from_slice(&state.a[state.range(neuron)]);
        let scale = -1.0 / (factors.membrane * slope);
        for receptor in 0..state.receptors {
            let gain = match receptor {
                0 => factors.gain,
                _ => state.factors(self.arch, group, receptor, time).gain,
            };
            self.arch.dispatch(Combine {
                a: g,
                b: &state.b[state.range_of_b(neuron, receptor)],
                keep: if receptor == 0 { scale } else { 1.0 },
                add: scale * gain,
            });
        }
        if let Some(column) = threshold {
            g[column - span.start] += 1.0 / slope;
        }
        own.add_to(g, span.start, -1.0 / slope);
        collect.row(
            Row::Spike {
                population: ix,
                spike,
            },
            span.start,
            g,
        );
        match dynamics.reset {
            ResetRule::Subtract { .. } => {
                let jump = SpikeJump::new(dynamics.reset, dynamics.flow.membrane_rate, slope, None);
                let at = neuron * self.width;
                self.arch.dispatch(Combine {
                    a: &mut state.a[at + span.start..at + span.end],
                    b: g,
                    keep: jump.keep,
                    add: factors.membrane * jump.by_time,
                });
                if let Some(column) = threshold {
                    state.a[at + column] += factors.membrane * jump.by_threshold;
                }
            }
            ResetRule::To {
                refractory: 0.0, ..
            } => {
                self.release(ix, spike, time);
            }
            ResetRule::To { .. } => {}
        }
    }

    /// `v = -rate' g`, whatever v was; i goes on.
    fn release(&mut self, ix: usize, spike: usize, time: f64) {
        let population = &self.compiled.populations[ix];
        let spikes = &self.replay.spikes[ix];
        let neuron = spikes.units[spike] as usize - population.first_unit;
        let state = &mut self.states[ix];
        if state.spans[neuron].is_empty() {
            return;
        }
        let group = state.group_of(neuron);
        let Factors { membrane, gain, .. } = state.factors(self.arch, group, 0, time);
        for receptor in 0..state.receptors {
            let gain = match receptor {
                0 => gain,
                _ => state.factors(self.arch, group, receptor, time).gain,
            };
            let (range, of_b) = (state.range(neuron), state.range_of_b(neuron, receptor));
            self.arch.dispatch(Combine {
                a: &mut state.a[range],
                b: &state.b[of_b],
                keep: if receptor == 0 { 0.0 } else { 1.0 },
                add: -gain,
            });
        }
        let at = neuron * self.width;
        let row = self.rows[ix].1[spike].clone();
        self.arch.dispatch(Combine {
            a: &mut state.a[at + row.start..at + row.end],
            b: &self.rows[ix].0[spike * self.width..][..self.width][row],
            keep: 1.0,
            add: membrane * release_derivative(spikes.release_slopes[spike]),
        });
    }
}
