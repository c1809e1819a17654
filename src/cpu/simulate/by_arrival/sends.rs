//! What spikes send into a stage, handed to its calendar in time.

use super::Run;
use super::cell::CellFlow;
use crate::cpu::arrivals::{Incoming, SourceSpikes};
use crate::cpu::sample::Sample;
use crate::cpu::simulate::calendar::{Arrival, EVERYONE};

/// Spikes that are known when the window begins, from outside of the stage; of one projection.
pub(super) struct Known {
    pub member: u32,
    pub incoming: usize,
    /// The next one to be handed to the calendar.
    pub next: usize,
}

impl<'a, F: CellFlow<'a>> Run<'a, '_, F> {
    /// What spikes of the stage from before the window send into it.
    pub(super) fn earlier_spikes(&mut self, sample: &Sample<'_>) {
        for member in 0..self.members.len() as u32 {
            for incoming in &self.population(member).incoming {
                let source = incoming.source.filter(|ix| self.members.contains(ix));
                if let Some(source) = source {
                    let spikes = spikes_of(sample, Some(source));
                    let first = first_within(incoming, spikes, self.from);
                    for (&time, &unit) in spikes.times[first..].iter().zip(&spikes.units[first..]) {
                        self.send(member, incoming, time, unit);
                    }
                }
            }
        }
    }

    /// Hands spikes from outside of the stage to the calendar, up to the end of the slot in progress.
    pub(super) fn known_spikes(&mut self, sample: &Sample<'_>) {
        let end = self.calendar.slot_end();
        for ix in 0..self.known.len() {
            let Known {
                member,
                incoming,
                mut next,
            } = self.known[ix];
            let incoming = &self.population(member).incoming[incoming];
            let spikes = spikes_of(sample, incoming.source);
            while spikes.times.get(next).is_some_and(|&time| time < end) {
                self.send(member, incoming, spikes.times[next], spikes.units[next]);
                next += 1;
            }
            self.known[ix].next = next;
        }
    }

    /// Hands what a spike sends over one projection to the calendar.
    fn send(&mut self, member: u32, incoming: &Incoming, time: f64, unit: u32) {
        let mut add = |row: usize, delay: f64, neuron: u32| {
            self.calendar.add(Arrival {
                time: time + delay,
                member,
                row: row as u32,
                neuron,
            });
        };
        let values = self.compiled.values();
        if let Some(table) = &incoming.table {
            let synapses = incoming.synapses(table, unit);
            match incoming.shared_delay {
                Some(_) if synapses.is_empty() => {}
                Some(delay) => add(incoming.first_row + synapses.start, delay, EVERYONE),
                None => {
                    for synapse in synapses {
                        let delay = values[incoming.delay_of(synapse)];
                        let target = table.target(synapse) as u32;
                        add(incoming.first_row + synapse, delay, target);
                    }
                }
            }
        } else if let Some(row) = incoming.row(unit) {
            match incoming.shared_delay {
                Some(delay) => add(row, delay, EVERYONE),
                None => {
                    let population = &self.compiled.populations[self.members[member as usize]];
                    let first = population.delay_of(row, 0);
                    let delays = &values[first..first + population.size];
                    for (neuron, &delay) in (0..).zip(delays) {
                        add(row, delay, neuron);
                    }
                }
            }
        }
    }

    pub(super) fn send_spike(&mut self, neuron: usize, time: f64) {
        let (source, unit) = self.place(neuron);
        for member in 0..self.members.len() as u32 {
            for incoming in &self.population(member).incoming {
                if incoming.source == Some(self.members[source]) {
                    self.send(member, incoming, time, unit);
                }
            }
        }
    }
}

pub(super) fn spikes_of<'s>(sample: &'s Sample<'_>, source: Option<usize>) -> SourceSpikes<'s> {
    match source {
        None => sample.input,
        Some(ix) => SourceSpikes {
            times: &sample.spikes[ix].times,
            units: &sample.spikes[ix].units,
        },
    }
}

/// The first of some spikes that may still arrive at `from` or later.
pub(super) fn first_within(incoming: &Incoming, spikes: SourceSpikes<'_>, from: f64) -> usize {
    let is_over = |&time: &f64| time + incoming.longest_delay < from;
    spikes.times.partition_point(is_over)
}
