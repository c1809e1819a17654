//! The derivative of a readout's largest voltage.

use super::collect::{Collect, Row};
use super::walk::Walk;
use crate::cpu::turn::turns;

impl Walk<'_> {
    /// That of V at a fixed time, and where an arrival turned V down, what its time is worth.
    pub(super) fn maximum(
        &mut self,
        ix: usize,
        neuron: usize,
        time: f64,
        collect: &mut dyn Collect,
    ) {
        let state = &mut self.states[ix];
        let mut row = vec![0.0; self.tile.len()];
        let potential = state.potential(self.arch, neuron, time);
        row[state.spans[neuron].clone()].copy_from_slice(&potential);
        let own = self.own_values(ix, neuron, |local| local.maxima[neuron]);
        own.add_to(&mut row, 0, 1.0);
        let population = &self.compiled.populations[ix];
        for turn in turns(self.compiled, ix, neuron, self.replay) {
            let (row_ix, origin) = (turn.row as usize, turn.origin as usize);
            let incoming = population.incoming_of(turn.row);
            let delay = match incoming.shared_delay {
                Some(_) => self.columns.shared_delay[incoming.projection],
                None => self.columns.own[ix].delay(neuron, row_ix),
            };
            let input = match incoming.source {
                None => self.columns.first_input.map(|first| first + origin),
                Some(_) => None,
            };
            for column in delay.into_iter().chain(input) {
                if let Some(column) = self.local(column) {
                    row[column] += turn.worth;
                }
            }
            if let Some(source) = incoming.source {
                let (rows, spans) = &self.rows[source];
                let span = spans[origin].clone();
                let at = origin * self.width;
                let g = &rows[at + span.start..at + span.end];
                for (value, g) in row[span].iter_mut().zip(g) {
                    *value += turn.worth * g;
                }
            }
        }
        let name = Row::Maximum {
            population: ix,
            neuron,
        };
        collect.row(name, 0, &row);
    }
}
