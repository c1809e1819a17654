//! What the sensitivities of a readout say of its observables: V at requested times, and its integral.

use super::collect::{Collect, Row};
use super::state::Span;
use super::walk::Walk;
use crate::cpu::replay::{Event, Kind};

impl Walk<'_> {
    pub(super) fn voltage(
        &mut self,
        ix: usize,
        time_ix: usize,
        time: f64,
        collect: &mut dyn Collect,
    ) {
        let size = self.compiled.populations[ix].size;
        for neuron in 0..size {
            let place = time_ix * size + neuron;
            let own = self.own_values(ix, neuron, |local| local.voltages[place]);
            let state = &mut self.states[ix];
            own.widen(state, neuron);
            let mut row = state.potential(self.arch, neuron, time);
            own.add_to(&mut row, state.spans[neuron].start, 1.0);
            let name = Row::Voltage {
                population: ix,
                time_ix,
                neuron,
            };
            collect.row(name, state.spans[neuron].start, &row);
        }
    }

    /// The derivative of the integral of V: (-dV(T) + (d(total weight arrived) - dI(T)) / a) / b, of several currents with the
    /// sum of their terms.
    pub(super) fn integrals(&mut self, events: &[Event], collect: &mut dyn Collect) {
        let end = self.replay.end;
        for (ix, population) in self.compiled.populations.iter().enumerate() {
            if population.is_spiking {
                continue;
            }
            let mut rows: Vec<(Span, Vec<f64>)> = Vec::new();
            for neuron in 0..population.size {
                let own = self.own_values(ix, neuron, |local| local.integrals[neuron]);
                let state = &mut self.states[ix];
                own.widen(state, neuron);
                let mut values = state.potential(self.arch, neuron, end);
                values.iter_mut().for_each(|value| *value = -*value);
                let group = state.group_of(neuron);
                for receptor in 0..state.receptors {
                    let factors = state.factors(self.arch, group, receptor, end);
                    let b = &state.b[state.range_of_b(neuron, receptor)];
                    for (value, b) in values.iter_mut().zip(b) {
                        *value -= b / factors.synapse / factors.rate;
                    }
                }
                let rate = state.groups[group].flows[0].membrane_rate;
                values.iter_mut().for_each(|value| *value /= rate);
                own.add_to(&mut values, state.spans[neuron].start, 1.0);
                rows.push((state.spans[neuron].clone(), values));
            }
            let own = &self.columns.own[ix];
            for event in events.iter().filter(|event| event.member as usize == ix) {
                let (row, neurons) = match event.kind {
                    Kind::Row { row, .. } => (row as usize, self.owners[ix].clone()),
                    Kind::Synapse { row, neuron, .. } => {
                        (row as usize, neuron as usize..neuron as usize + 1)
                    }
                    _ => continue,
                };
                for neuron in neurons {
                    let column = own.weight(neuron, row);
                    if let Some(column) = column.and_then(|column| self.local(column)) {
                        let receptor = population.incoming_of(row as u32).receptor;
                        let flow = population.flow(neuron, receptor);
                        let (span, values) = &mut rows[neuron];
                        values[column - span.start] +=
                            1.0 / (flow.synapse_rate * flow.membrane_rate);
                    }
                }
            }
            for (neuron, (span, values)) in rows.iter().enumerate() {
                let name = Row::Integral {
                    population: ix,
                    neuron,
                };
                collect.row(name, span.start, values);
            }
        }
    }
}
