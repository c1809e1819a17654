//! What the sensitivities of a readout say of its observables: V at requested times, and its integral.

use super::collect::{Collect, Row};
use super::state::{Factors, Span};
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
            let group = state.group_of(neuron);
            let Factors { membrane, gain, .. } = state.factors(self.arch, group, time);
            let (a, b) = state.row(neuron);
            let mut row: Vec<f64> = a
                .iter()
                .zip(b)
                .map(|(a, b)| (a + gain * b) / membrane)
                .collect();
            own.add_to(&mut row, state.spans[neuron].start, 1.0);
            let name = Row::Voltage {
                population: ix,
                time_ix,
                neuron,
            };
            collect.row(name, state.spans[neuron].start, &row);
        }
    }

    /// The derivative of the integral of V: (-dV(T) + (d(total weight arrived) - dI(T)) / a) / b.
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
                let group = state.group_of(neuron);
                let factors = state.factors(self.arch, group, end);
                let flow = state.groups[group].flow;
                let (a, b) = state.row(neuron);
                let change = |(a, b): (&f64, &f64)| {
                    let v = (a + factors.gain * b) / factors.membrane;
                    let i = b / factors.synapse;
                    (-v - i / flow.synapse_rate) / flow.membrane_rate
                };
                let mut values: Vec<f64> = a.iter().zip(b).map(change).collect();
                own.add_to(&mut values, state.spans[neuron].start, 1.0);
                rows.push((state.spans[neuron].clone(), values));
            }
            let n_weights = self.columns.own[ix].n_weights;
            for event in events.iter().filter(|event| event.member as usize == ix) {
                let (row, neurons) = match event.kind {
                    Kind::Row { row, .. } => (row as usize, self.owners[ix].clone()),
                    Kind::Synapse { row, neuron, .. } => {
                        (row as usize, neuron as usize..neuron as usize + 1)
                    }
                    _ => continue,
                };
                for neuron in neurons.filter(|_| row < n_weights) {
                    if let Some(column) = self.local(self.columns.of_neuron(ix, neuron) + row) {
                        let flow = population.dynamics[neuron].flow;
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
